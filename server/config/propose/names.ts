/** A word that begins with test, but not `latest`; `val`, but not `values`. */
export const testName = /(^|[^a-z])(test|t10k|val(id(ation)?)?(?![a-z]))/i;

/** A column that is probably the class. */
export const labelName = /^(label|labels|class|target|category|species|diagnosis|outcome|y)$/i;

/** JSON that belongs to a project, not to its data. */
export const manifestName = /^(package(-lock)?|[jt]sconfig.*|composer|deno|biome)\.json$/i;
