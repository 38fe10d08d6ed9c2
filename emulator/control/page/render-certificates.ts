import { type Html, html } from "./html.ts";
import type { CertificateState, PageState } from "./page-state.ts";
import { day, dayMs, days } from "./times.ts";

/** Bars of longer validities are cut off this far from today. */
const farthestMs = 400 * dayMs;

/** The certificates on one time scale, with today marked. Texts say all that the bars show. */
export function renderCertificates(state: PageState): Html {
  const { certificates, moreCertificates, nowMs } = state;
  return html`<section aria-labelledby="certificates">
<h2 id="certificates">Certificates</h2>
${certificates.length === 0 ? html`<p class="quiet">None yet.</p>` : table(certificates, nowMs)}
${moreCertificates === 0 ? html`` : html`<p class="quiet">${moreCertificates} more are not shown.</p>`}
</section>`;
}

interface Scale {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Percent from the left. */
  at(ms: number): number;
}

export function timeScale(certificates: readonly CertificateState[], nowMs: number): Scale {
  const near = (ms: number) => Math.min(Math.max(ms, nowMs - farthestMs), nowMs + farthestMs);
  const fromMs = near(Math.min(nowMs - dayMs, ...certificates.map(({ notBeforeMs }) => notBeforeMs)));
  const untilMs = near(Math.max(nowMs + dayMs, ...certificates.map(({ notAfterMs }) => notAfterMs)));
  const share = (ms: number) => (Math.min(Math.max(ms, fromMs), untilMs) - fromMs) / (untilMs - fromMs);
  return { fromMs, untilMs, at: (ms) => Math.round(share(ms) * 10_000) / 100 };
}

function table(certificates: readonly CertificateState[], nowMs: number): Html {
  const scale = timeScale(certificates, nowMs);
  const today = scale.at(nowMs);
  const anchor = today < 25 ? "start" : today > 75 ? "end" : "middle";
  return html`<table class="lives">
<caption>Those that an edge serves first, then the newest.</caption>
<thead><tr><th scope="col">Certificate</th><th scope="col">Validity
<svg height="20" aria-hidden="true"><text x="${today}%" y="14" text-anchor="${anchor}">today, ${day(nowMs)}</text></svg>
<span class="ends" aria-hidden="true"><span>${day(scale.fromMs)}</span><span>${day(scale.untilMs)}</span></span></th></tr></thead>
<tbody>
${certificates.map((certificate) => row(certificate, scale, nowMs))}</tbody>
</table>`;
}

function row(certificate: CertificateState, scale: Scale, nowMs: number): Html {
  const { certificateId, domain, notBeforeMs, notAfterMs, status } = certificate;
  const [from, until, today] = [scale.at(notBeforeMs), scale.at(notAfterMs), `${scale.at(nowMs)}%`];
  const left = Math.floor((notAfterMs - nowMs) / dayMs);
  const isOver = notAfterMs < nowMs || status === "REVOKED";
  return html`<tr>
<th scope="row">${certificateId} ${domain} <span class="${isOver ? "bad" : "quiet"}">${status}</span></th>
<td>${day(notBeforeMs)} to ${day(notAfterMs)}, ${remaining(certificate, nowMs, left)}
<svg height="18" aria-hidden="true"><line class="axis" x1="0" x2="100%" y1="9" y2="9"/><rect class="${isOver ? "past" : "life"}" x="${from}%" y="4" width="${Math.max(0.5, until - from)}%" height="10" rx="3"/><line class="today" x1="${today}" x2="${today}" y1="0" y2="18"/></svg></td>
</tr>
`;
}

function remaining({ notBeforeMs, notAfterMs }: CertificateState, nowMs: number, left: number): Html {
  if (notAfterMs < nowMs) return html`<span class="bad">expired ${days(-left)} ago</span>`;
  if (notBeforeMs > nowMs) return html`<span class="bad">not yet valid</span>`;
  return html`<span class="${left < 30 ? "bad" : "good"}">${days(left)} left</span>`;
}
