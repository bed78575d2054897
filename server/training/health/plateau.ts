/**
 * Whether a cross-entropy over `outputs` classes has frozen at ln(outputs), the loss of a uniform answer: the
 * signature of collapse in self-distillation (DINO-type) methods, whose loss cannot fall below the entropy of a
 * target that carries nothing. True when the last `window` losses all lie within `tolerance` (relative) of it.
 */
export function atLogPlateau(
  losses: readonly number[],
  outputs: number,
  { window = 5, tolerance = 0.002 }: { window?: number; tolerance?: number } = {},
): boolean {
  if (losses.length < window || outputs < 2) return false;
  const plateau = Math.log(outputs);
  return losses.slice(-window).every((loss) => Math.abs(loss - plateau) <= tolerance * plateau);
}
