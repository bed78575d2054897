import type { Kernel } from './vectorKernels.ts';

/** The update rules of `optimizer.ts` as single passes: every value is loaded and stored once. */
export const optimizerKernels = {
  adam: {
    arrays: ['weight', 'gradient', 'moment1', 'moment2'],
    // keep: factor on the weight before the update (decoupled decay); decay: L2 decay added to the gradient.
    scalars: ['clip', 'keep', 'decay', 'beta1', 'rest1', 'beta2', 'rest2', 'rate', 'correction2', 'epsilon'],
    kept: ['w', 'g', 'm', 'v'],
    body: ({ load, scalar, kept, add, sub, mul, div, sqrt, keep, store }) => [
      keep('w', load('weight')),
      keep('g', add(mul(load('gradient'), scalar('clip')), mul(scalar('decay'), kept('w')))),
      keep('m', add(mul(scalar('beta1'), load('moment1')), mul(scalar('rest1'), kept('g')))),
      keep('v', add(mul(scalar('beta2'), load('moment2')), mul(scalar('rest2'), mul(kept('g'), kept('g'))))),
      store('moment1', kept('m')),
      store('moment2', kept('v')),
      store(
        'weight',
        sub(
          mul(kept('w'), scalar('keep')),
          div(
            mul(scalar('rate'), kept('m')),
            add(mul(sqrt(kept('v')), scalar('correction2')), scalar('epsilon')),
          ),
        ),
      ),
    ],
  },
  descend: {
    arrays: ['weight', 'gradient', 'velocity'],
    // inner: rate before the momentum (lars), outer: after it (sgd).
    scalars: ['clip', 'decay', 'momentum', 'inner', 'outer'],
    kept: ['w', 'v'],
    body: ({ load, scalar, kept, add, sub, mul, keep, store }) => [
      keep('w', load('weight')),
      keep(
        'v',
        add(
          mul(scalar('momentum'), load('velocity')),
          mul(scalar('inner'), add(mul(load('gradient'), scalar('clip')), mul(scalar('decay'), kept('w')))),
        ),
      ),
      store('velocity', kept('v')),
      store('weight', sub(kept('w'), mul(scalar('outer'), kept('v')))),
    ],
  },
  follow: {
    arrays: ['copy', 'online'],
    scalars: ['rate'],
    body: ({ load, scalar, add, sub, mul, store }) => [
      store('copy', add(load('copy'), mul(scalar('rate'), sub(load('online'), load('copy'))))),
    ],
  },
} satisfies Record<string, Kernel>;
