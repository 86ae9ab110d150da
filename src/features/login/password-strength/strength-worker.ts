// Runs in a thread of its own (strength-meter.ts), with nothing but packages: Node runs it from source as well.
import { parentPort } from 'node:worker_threads';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common';
import { dictionary as english, translations } from '@zxcvbn-ts/language-en';
import type { Measured, Measurement } from './strength-meter.js';

/** The work grows faster than the text; what is not guessed within so many characters is not guessed. */
const MAX_LENGTH = 64;
/** Ways to read signs as letters; each costs as much as the text itself. */
const MAX_READINGS = 5;

const estimator = new ZxcvbnFactory({
  dictionary: { ...common, ...english },
  graphs: adjacencyGraphs,
  translations,
  maxLength: MAX_LENGTH,
  l33tMaxSubstitutions: MAX_READINGS,
});

parentPort?.on('message', ({ password, words }: Measurement) => {
  const { score, feedback, crackTimes } = estimator.check(password, [...words]);
  const measured: Measured = {
    score,
    warning: feedback.warning,
    suggestions: feedback.suggestions,
    crackTime: crackTimes.offlineSlowHashingXPerSecond.display,
  };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(measured);
});
