/**
 * The one door to TensorFlow.js: ops with their gradients registered. Importing `@tensorflow/tfjs-core` alone
 * registers no gradients in Node, so nobody imports it directly.
 */
import '@tensorflow/tfjs-core/dist/register_all_gradients';

export * from '@tensorflow/tfjs-core';
