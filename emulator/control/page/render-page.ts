/** The page of the control port: state in, HTML out. Pure; no script. */
import type { Fault } from "../../faults/fault.ts";
import { Html, html } from "./html.ts";
import { clockActions, faultActions, type PageAction } from "./page-actions.ts";
import type { PageState } from "./page-state.ts";
import { pageStyle } from "./page-style.ts";
import { renderCertificates } from "./render-certificates.ts";
import { renderSites } from "./render-sites.ts";
import { minute } from "./times.ts";

/** @param done the button that was pressed; it keeps the focus */
export function renderPage(state: PageState, done: PageAction | undefined): string {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Qwilt emulator, ${minute(state.nowMs)}</title>
<link rel="icon" href="data:,">
${style()}
</head>
<body>
<a class="skip" href="#sites">Skip to the sites</a>
<header>
<h1>Qwilt emulator</h1>
</header>
<main>
${controls(state, done)}
${renderSites(state)}
${renderCertificates(state)}
${requests(state)}
</main>
</body>
</html>
`.text;
}

/** Unescaped: a constant of ours, whose digest is in the content security policy. */
function style(): Html {
  return new Html(`<style>${pageStyle}</style>`);
}

function controls(state: PageState, done: PageAction | undefined): Html {
  const message = done === undefined ? html`` : html`<strong>${done.done}</strong>`;
  return html`<section class="panel" aria-labelledby="controls">
<h2 id="controls" class="first">Clock and faults</h2>
<p class="now"><time datetime="${new Date(state.nowMs).toISOString()}">${minute(state.nowMs)}</time></p>
<p class="quiet">The clock of the emulator ${state.frozen ? "is frozen." : "is running."} <a href="/">Load again</a></p>
<p role="status" id="done">${message}</p>
<form method="post" action="/page">
<fieldset><legend>Advance the clock by</legend>
${clockActions.map((action) => button(action, done))}
</fieldset>
<fieldset><legend>Faults</legend>
${faultActions.map((action) => button(action, done))}
</fieldset>
</form>
${faultList(state.faults)}
</section>`;
}

function button(action: PageAction, done: PageAction | undefined): Html {
  const focus = action.id === done?.id ? html` autofocus aria-describedby="done"` : html``;
  return html`<button name="action" value="${action.id}"${focus}>${action.label}</button>
`;
}

function faultList(faults: readonly Fault[]): Html {
  if (faults.length === 0) return html`<p class="quiet">No fault is waiting.</p>`;
  return html`<p>Waiting faults:</p>
<ul>
${faults.map(({ id, match, effect, hits }) => {
  const { times = 1, method, route } = match;
  const where = [method, route].filter((part) => part !== undefined).join(" ");
  return html`<li>${id}: <code>${JSON.stringify(effect)}</code>${where === "" ? "" : ` on ${where}`}, ${times - hits} more</li>
`;
})}</ul>`;
}

function requests({ requests: rows }: PageState): Html {
  const table = html`<table>
<caption>API requests, newest first. Requests of the control port are not listed.</caption>
<thead><tr><th scope="col">Request</th><th scope="col">Status</th><th scope="col">By</th><th scope="col">At</th></tr></thead>
<tbody>
${rows.map(
  ({ method, path, status, actor, at, fault }) => html`<tr>
<td>${method} <code>${path}</code></td>
<td class="${status >= 400 || status === 0 ? "bad" : "good"}">${status === 0 ? "cut" : status}${fault === undefined ? "" : " (fault)"}</td>
<td>${actor ?? "unknown"}</td>
<td>${minute(Date.parse(at))}</td>
</tr>
`,
)}</tbody>
</table>`;
  return html`<section aria-labelledby="requests">
<h2 id="requests">Last requests</h2>
${rows.length === 0 ? html`<p class="quiet">None yet.</p>` : table}
</section>`;
}
