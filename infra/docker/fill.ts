import { setTimeout as sleep } from 'node:timers/promises';
import { routes } from '../../scripts/services.ts';
import { demoAccounts, fillWithDemoData } from '../../scripts/stack/demo-data.ts';

const { ROUTER_URL = 'http://router:3000', MAILS_URL = 'http://mail-catcher:3000' } = process.env;

/** True if every service behind the router responds without a server error. */
async function isUp(): Promise<boolean> {
  const answers = await Promise.allSettled(
    routes.map(({ prefix }) => fetch(ROUTER_URL + prefix, { signal: AbortSignal.timeout(3000) })),
  );
  return answers.every((answer) => answer.status === 'fulfilled' && answer.value.status < 500);
}

while (!(await isUp())) await sleep(1000);
const listed = await fillWithDemoData(ROUTER_URL, { mails: MAILS_URL });
console.log(listed === 0 ? 'There are tickets already.' : `Listed ${listed} tickets. Sign in as:`);
if (listed > 0) for (const { role, email, password } of demoAccounts) console.log(`  ${role} ${email} ${password}`);
