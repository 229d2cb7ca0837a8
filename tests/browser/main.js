/* SPDX-License-Identifier: Apache-2.0 */
/* node main.js [PART OF A NAME]; see run. */
import { runAll } from './harness.js';
import './pictures.test.js';
import './flame.test.js';
import './links.test.js';
import './views.test.js';
import './frame.test.js';
import './source.test.js';

process.exitCode = await runAll(process.argv[2] || '') > 0 ? 1 : 0;
