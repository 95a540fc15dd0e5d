import type { ProcessStatus } from '../stack/status.ts';
import type { Delivery, Expectation, Fault } from './faults.ts';
import { clockFaults, messageFaults, processExpectations, processFaults, providerFaults, repairs } from './faults.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

/** What was done, and what came of it. */
export type Outcome = { at: string; text: string; isFailure: boolean };

export type View = {
  /** The marketplace's address. */
  url: string;
  processes: readonly ProcessStatus[];
  deliveries: readonly Delivery[];
  inForce: readonly string[];
  /** The last actions, the latest first. */
  outcomes: readonly Outcome[];
};

export const stylesheet = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: start; }
th, td { border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: 0.25rem 0.75rem 0.25rem 0; text-align: start; vertical-align: top; }
form { display: inline; }
button, select { font: inherit; margin: 0.125rem 0.25rem 0.125rem 0; min-height: 2rem; padding: 0 0.5rem; white-space: nowrap; }
.scroll { overflow-x: auto; }
.buttons, th { white-space: nowrap; }
.failure, .paused, .down { font-weight: bold; }
`;

const expectation = ({ watch, holds }: Expectation): Html =>
  html`${watch} <strong>Must hold: ${holds.join(', ')}.</strong>`;

const button = (action: string, label: string, name: string): Html =>
  html`<form method="post" action="${action}"><button aria-label="${name}">${label}</button></form> `;

const processRow = ({ name, service, pid, state, megabytes }: ProcessStatus): Html => {
  const expected = processExpectations[service];
  const buttons = processFaults
    .filter(({ states }) => states.includes(state))
    .map(({ id, button: label }) => button(`/processes/${name}/${id}`, label, `${label}: ${name}`));
  return html`<tr>
    <th scope="row">${name}</th>
    <td class="${state}">${state}</td>
    <td>${pid === undefined ? '' : String(pid)}</td>
    <td>${pid === undefined ? '' : `${megabytes} MB`}</td>
    <td class="buttons">${buttons}</td>
    <td>${expected ? expectation(expected) : ''}</td>
  </tr>`;
};

const faultRow = ({ id, button: label, ...expected }: Fault): Html =>
  html`<tr>
    <td>${button(`/faults/${id}`, label, label)}</td>
    <td>${expectation(expected)}</td>
  </tr>`;

const faultTable = (rows: readonly Html[]): Html =>
  html`<table>
    <thead>
      <tr>
        <th scope="col">Fault</th>
        <th scope="col">Watch</th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;

const messageForm = (deliveries: readonly Delivery[]): Html => {
  const options = deliveries.map(
    ({ service, event }) => html`<option value="${service} ${event}">${event}, on its way to ${service}</option>`,
  );
  const rows = messageFaults.map(
    ({ id, button: label, ...expected }) =>
      html`<tr>
        <td><button name="fault" value="${id}">${label}</button></td>
        <td>${expectation(expected)}</td>
      </tr>`,
  );
  return html`<form method="post" action="/messages">
    <label
      >The next
      <select name="delivery">
        ${options}
      </select></label
    >
    ${faultTable(rows)}
  </form>`;
};

const outcomeRow = ({ at, text, isFailure }: Outcome): Html =>
  html`<li class="${isFailure ? 'failure' : 'done'}">
    <time datetime="${at}">${at.slice(11, 19)}</time> ${isFailure ? 'Failed: ' : ''}${text}
  </li>`;

const list = (items: readonly Html[], none: string): Html =>
  items.length === 0
    ? html`<p>${none}</p>`
    : html`<ul>
        ${items}
      </ul>`;

const document = (body: Html): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Failure lab</title>
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <main>
          <h1>Failure lab</h1>
          ${body}
        </main>
      </body>
    </html>`.markup;

/** The page of the lab. It works without scripts. */
export const labPage = ({ url, processes, deliveries, inForce, outcomes }: View): string =>
  document(
    html`<p>
        Break <a href="${url}">the marketplace on this machine</a> and see that its invariants hold
        (<code>docs/invariants.md</code>). <code>docs/failure-lab.md</code> has experiments to begin with.
        <a href="/">Look again</a>
      </p>
      <h2>Last actions</h2>
      ${list(outcomes.map(outcomeRow), 'None yet.')}
      <h2>In force now</h2>
      ${list(
        inForce.map((one) => html`<li>${one}</li>`),
        'No fault of the bus, the payment provider or the clocks.',
      )}
      <h2>Processes</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Process</th>
              <th scope="col">State</th>
              <th scope="col">Id</th>
              <th scope="col">Memory</th>
              <th scope="col">Faults</th>
              <th scope="col">Watch</th>
            </tr>
          </thead>
          <tbody>
            ${processes.map(processRow)}
          </tbody>
        </table>
      </div>
      <h2>Messages</h2>
      <p>
        Delivery is at least once: a message that is not acknowledged within 5 s comes again. The first of these faults,
        and the first of the clocks, restarts the services with a module that only the lab loads.
      </p>
      ${messageForm(deliveries)}
      <h2>Payment provider</h2>
      ${faultTable(providerFaults.map(faultRow))}
      <h2>Clocks</h2>
      ${faultTable(clockFaults.map(faultRow))}
      <h2>Repair</h2>
      ${faultTable(repairs.map(faultRow))}`,
  );

/** The page for a request that could not be served. */
export const errorPage = (message: string): string =>
  document(
    html`<p>${message}</p>
      <p><a href="/">Look again</a></p>`,
  );
