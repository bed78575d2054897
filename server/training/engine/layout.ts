import type { Parameter } from '../../nn/parameters.ts';
import type { StepDefinition, TrainingState, Values } from './engine.ts';
import { optimizerSlots } from './optimizer.ts';

/** Where the values of each parameter of a group lie in the group's one buffer. */
export interface Layout {
  readonly slots: readonly Slot[];
  /** Length of the buffer. */
  readonly size: number;
}

export interface Slot {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
}

/** One buffer and the named views into it: single passes use the buffer, everything else the names. */
export interface Group {
  readonly layout: Layout;
  readonly buffer: Float32Array;
  readonly values: Values;
}

/** Number of elements of a tensor; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Parameters one after another, in their order, without gaps. */
export function createLayout(parameters: readonly Parameter[]): Layout {
  let size = 0;
  const slots = parameters.map(({ name, shape }) => {
    const slot = { name, shape, offset: size, length: sizeOf(shape) };
    size += slot.length;
    return slot;
  });
  return { slots, size };
}

/** Named views into a buffer of the layout's size; nothing is copied. */
export function values(layout: Layout, buffer: Float32Array): Values {
  if (buffer.length !== layout.size)
    throw new Error(`A buffer of ${layout.size} values was expected, found ${buffer.length}.`);
  return Object.fromEntries(
    layout.slots.map(({ name, offset, length }) => [name, buffer.subarray(offset, offset + length)]),
  );
}

/** Gives an array of zeros. */
export type Allocate = (length: number) => Float32Array;
const allocateApart: Allocate = (length) => new Float32Array(length);

/** A group of zeros. */
export function createGroup(parameters: readonly Parameter[], allocate: Allocate = allocateApart): Group {
  const layout = createLayout(parameters);
  const buffer = allocate(layout.size);
  return { layout, buffer, values: values(layout, buffer) };
}

/**
 * Copies values of any origin into a group.
 * @throws when a name is missing or unknown, or a length differs: the values belong to another model.
 */
export function fillGroup(group: Group, source: Values, what: string): void {
  const known = new Set(group.layout.slots.map(({ name }) => name));
  const unknown = Object.keys(source).find((name) => !known.has(name));
  if (unknown !== undefined) throw new Error(`${what}: ${unknown} is not part of this model.`);
  for (const { name, shape, length } of group.layout.slots) {
    const found = source[name];
    if (found === undefined) throw new Error(`${what}: ${name} is missing.`);
    if (found.length !== length)
      throw new Error(`${what}: ${name} has ${found.length} values, this model has [${shape.join(', ')}].`);
    group.values[name]!.set(found);
  }
}

/** The parts of the model that a step definition tells apart. */
export interface ParameterParts {
  readonly weights: readonly Parameter[];
  readonly buffers: readonly Parameter[];
  /** Weights that get a gradient. */
  readonly trained: readonly Parameter[];
  /** Weights and buffers that have an EMA copy. */
  readonly target: readonly Parameter[];
}

export type ParameterSet = Pick<StepDefinition, 'parameters' | 'hasTarget' | 'learningRateScale'>;

/** Factor on the learning rate of one parameter. */
export function rateScale(definition: ParameterSet, parameter: Parameter): number {
  return definition.learningRateScale?.(parameter) ?? 1;
}

export function partsOf(definition: ParameterSet): ParameterParts {
  const weights = definition.parameters.filter(({ kind }) => kind === 'weight');
  return {
    weights,
    buffers: definition.parameters.filter(({ kind }) => kind === 'buffer'),
    trained: weights.filter((parameter) => rateScale(definition, parameter) !== 0),
    target: definition.parameters.filter((parameter) => definition.hasTarget?.(parameter) ?? false),
  };
}

/** The whole state of a training step in host memory. */
export interface HostState {
  readonly weights: Group;
  readonly buffers: Group;
  readonly target: Group;
  /** By slot: moments, and `gradients` where several batches are accumulated. */
  readonly optimizer: Readonly<Record<string, Group>>;
  updates: number;
  accumulated: number;
}

/** Names of the optimizer's groups, `gradients` (being accumulated) last. */
export function optimizerGroups(definition: Pick<StepDefinition, 'optimizer' | 'accumulate'>): string[] {
  const slots: string[] = [...optimizerSlots(definition.optimizer.type)];
  return (definition.accumulate ?? 1) > 1 ? [...slots, 'gradients'] : slots;
}

/** Zeros everywhere. */
export function createState(definition: StepDefinition, allocate: Allocate = allocateApart): HostState {
  const { weights, buffers, target, trained } = partsOf(definition);
  return {
    weights: createGroup(weights, allocate),
    buffers: createGroup(buffers, allocate),
    target: createGroup(target, allocate),
    optimizer: Object.fromEntries(
      optimizerGroups(definition).map((name) => [name, createGroup(trained, allocate)]),
    ),
    updates: 0,
    accumulated: 0,
  };
}

/** Number of values in a state. */
export function stateSize(definition: StepDefinition): number {
  const { weights, buffers, target, trained } = partsOf(definition);
  const size = (parameters: readonly Parameter[]): number => createLayout(parameters).size;
  return size(weights) + size(buffers) + size(target) + optimizerGroups(definition).length * size(trained);
}

/** The plain values of a state: views, not copies. */
export function viewState(state: HostState): TrainingState {
  return {
    weights: state.weights.values,
    buffers: state.buffers.values,
    target: state.target.values,
    optimizer: mapValues(state.optimizer, (group) => group.values),
    updates: state.updates,
    accumulated: state.accumulated,
  };
}

/** Copies a plain state (initial, or of a checkpoint) into `state`. @throws when it belongs to another model. */
export function fillState(state: HostState, source: TrainingState): void {
  fillGroup(state.weights, source.weights, 'Weights');
  fillGroup(state.buffers, source.buffers, 'Buffers');
  fillGroup(state.target, source.target, 'Target weights');
  for (const [name, group] of Object.entries(state.optimizer))
    fillGroup(group, source.optimizer[name] ?? {}, `Optimizer state ${name}`);
  state.updates = source.updates;
  state.accumulated = source.accumulated;
}

export function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From, name: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
}
