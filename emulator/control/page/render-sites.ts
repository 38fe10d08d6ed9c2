import { type Html, html } from "./html.ts";
import type { EdgeOfSite, Operation, PageState, SiteState } from "./page-state.ts";
import { day, minute } from "./times.ts";

type Name = (certificateId: number | null) => Html;

/** For each site: what each edge serves, what is linked, and what is not yet live. */
export function renderSites({ sites, certificates }: PageState): Html {
  const byId = new Map(certificates.map((certificate) => [certificate.certificateId, certificate]));
  const name: Name = (certificateId) => {
    if (certificateId === null) return html`<span class="bad">no certificate</span>`;
    const known = byId.get(certificateId);
    return html`certificate ${certificateId}${known === undefined ? "" : html` (${known.domain}, until <time>${day(known.notAfterMs)}</time>)`}`;
  };
  return html`<section aria-labelledby="sites">
<h2 id="sites" tabindex="-1">Sites</h2>
${sites.length === 0 ? html`<p class="quiet">None yet.</p>` : sites.map((site) => siteArticle(site, name))}
</section>`;
}

function siteArticle(site: SiteState, name: Name): Html {
  const { siteId, siteName, isDeleted, linkedCertificateId, newestRevision } = site;
  const linked = linkedCertificateId === null ? html`no certificate` : name(linkedCertificateId);
  const newest = newestRevision === null ? "none" : `revision ${newestRevision.revisionNumber}`;
  return html`<article class="panel" aria-labelledby="site-${siteId}">
<h3 id="site-${siteId}">${siteName}${isDeleted ? " (deleted)" : ""}</h3>
<p>Linked: ${linked}. Newest configuration: ${newest}.</p>
<table class="edges">
<caption>Site <code>${siteId}</code></caption>
<thead><tr><th scope="col">Edge</th><th scope="col">Serves now</th><th scope="col">Wanted</th></tr></thead>
<tbody>
${site.edges.map(
  (
    edge,
  ) => html`<tr><th scope="row">${edge.target}</th><td>${servedNow(edge, name)}</td><td>${wanted(site, edge, name)}</td></tr>
`,
)}</tbody>
</table>
</article>
`;
}

function servedNow({ live }: EdgeOfSite, name: Name): Html {
  if (live === null) return html`<span class="quiet">not published</span>`;
  const ids = [...new Set(live.hosts.map(({ certificateId }) => certificateId))];
  const hostsOf = (id: number | null) => live.hosts.flatMap((one) => (one.certificateId === id ? [one.host] : []));
  const lines = ids.map((id) => html`<li><strong>${hostsOf(id).join(", ")}</strong>: ${name(id)}</li>`);
  return html`<ul>${lines}</ul>`;
}

/** Operations in progress; without one, what a publish would change. */
function wanted(site: SiteState, edge: EdgeOfSite, name: Name): Html {
  const lines = edge.running.length > 0 ? edge.running.map((one) => running(one, name)) : differences(site, edge, name);
  if (edge.failed !== null) {
    lines.unshift(html`<span class="bad">the last ${inWords(edge.failed)} ended ${edge.failed.phase}</span>`);
  }
  if (lines.length === 0)
    return edge.live === null ? html`<span class="quiet">nothing</span>` : html`<span class="good">as served</span>`;
  return html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}

function running(operation: Operation, name: Name): Html {
  const certificate = operation.operationType === "Publish" ? html` with ${name(operation.certificateId)}` : html``;
  return html`${inWords(operation)}${certificate}: ${operation.phase} since ${minute(operation.updatedAtMs)}`;
}

function differences(site: SiteState, { live }: EdgeOfSite, name: Name): Html[] {
  if (live === null) return [];
  const lines: Html[] = [];
  if (live.hosts.some(({ certificateId }) => certificateId !== site.linkedCertificateId)) {
    lines.push(html`a publish brings ${name(site.linkedCertificateId)}`);
  }
  const { newestRevision } = site;
  if (newestRevision !== null && newestRevision.revisionId !== live.revisionId) {
    lines.push(html`revision ${newestRevision.revisionNumber} is not published`);
  }
  return lines;
}

function inWords({ operationType }: Operation): string {
  return operationType === "Publish" ? "publish" : "un-publish";
}
