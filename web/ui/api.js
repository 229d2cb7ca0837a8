/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of the server. A few are kept, so that going back is at once; a question that nobody waits
 * for any more is taken back.
 */
const KEPT = 12;
const kept = new Map();

export class ApiError extends Error {
  constructor(message, code, status) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

async function answerOf(response, asText) {
  if (response.ok) {
    return asText ? response.text() : response.json();
  }
  let message = `the server answered ${response.status}`;
  let code = '';
  try {
    const body = await response.json();
    message = body.error || message;
    code = body.code || '';
  } catch {
    /* Not JSON: the status has to do. */
  }
  throw new ApiError(message, code, response.status);
}

/* ask('flamegraph', '?f=x', { signal }): the answer of /api/flamegraph?f=x */
export async function ask(name, query, options = {}) {
  const key = name + query;
  if (kept.has(key)) {
    const answer = kept.get(key);
    kept.delete(key);
    kept.set(key, answer);
    return answer;
  }
  let response;
  try {
    response = await fetch('../api/' + key, { signal: options.signal, credentials: 'same-origin' });
  } catch (error) {
    if (error.name === 'AbortError') {
      throw error;
    }
    throw new ApiError('the server does not answer; is cpa still running?', 'NETWORK', 0);
  }
  const answer = await answerOf(response, options.text);
  if (!options.fresh) {
    kept.set(key, answer);
    if (kept.size > KEPT) {
      kept.delete(kept.keys().next().value);
    }
  }
  return answer;
}

export function forget(name) {
  for (const key of [...kept.keys()]) {
    if (key.startsWith(name)) {
      kept.delete(key);
    }
  }
}

/* A change on the server. */
export async function post(path) {
  let response;
  try {
    response = await fetch(path, { method: 'POST', credentials: 'same-origin' });
  } catch {
    throw new ApiError('the server does not answer; is cpa still running?', 'NETWORK', 0);
  }
  return answerOf(response, true);
}
