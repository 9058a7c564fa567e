// Scores an answer by the metrics of the experiment that this was exported from: calls `wording score`.
// WORDING names the program, if it is not on the path.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const here = path.dirname(fileURLToPath(import.meta.url));
const settings = JSON.parse(readFileSync(path.join(here, 'experiment.json'), 'utf8'));

function score(record) {
  const project = path.resolve(here, settings.project);
  const args = ['score', '-', '--project', project, '--experiment', settings.experiment,
    '--output', '__output', '--explain', '--format', 'json'];
  return new Promise((resolve, reject) => {
    const child = spawn(process.env.WORDING || 'wording', args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '', err = '';
    child.stdout.on('data', (data) => { out += data; });
    child.stderr.on('data', (data) => { err += data; });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) reject(new Error(`wording score: ${err}`));
      else resolve(JSON.parse(out));
    });
    child.stdin.end(JSON.stringify(record) + '\n');
  });
}

export default async function (output, context) {
  const text = typeof output === 'string' ? output : JSON.stringify(output);
  const { metric } = context.config;
  // A text, as promptfoo fills in what looks like a tag in a value.
  const row = JSON.parse(context.config.row);
  const reading = await score({ ...row, __output: text });
  const found = reading.metrics.find((one) => one.metric === metric);
  const enough = settings.metrics.find((one) => one.name === metric).correct_from;
  const reason = found.unreadable ? `unreadable: ${found.unreadable}` : `read: ${found.read}`;
  return { pass: found.score >= enough, score: found.score, reason };
}
