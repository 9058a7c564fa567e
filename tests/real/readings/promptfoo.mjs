// Scores outputs with promptfoo's assertions: lines of {output, assertions} on stdin, a list of scores per line on stdout.
import { createInterface } from 'node:readline';
import promptfoo from 'promptfoo';

for await (const line of createInterface({ input: process.stdin })) {
  const { output, assertions } = JSON.parse(line);
  const scores = [];
  for (const { reply, ...assertion } of assertions) {
    // A judge whose reply is given.
    const test = reply === undefined ? {} : { options: { provider: { id: () => 'reply', callApi: async () => ({ output: reply }) } } };
    const result = await promptfoo.assertions.runAssertion({ assertion, test, providerResponse: { output } });
    scores.push(result.pass ? result.score : 0);
  }
  console.log(JSON.stringify(scores));
}
