/** The style sheet of the page. Colors have a contrast of at least 4.5 to 1 on their background, in both schemes. */
export const pageStyle = `
:root { color-scheme: light dark; --text: #1b1f24; --quiet: #525a64; --back: #fff; --panel: #f4f6f8; --line: #c3cad2;
  --accent: #0b57b4; --good: #17692f; --bad: #b3261e; --mark: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --text: #e8ebef; --quiet: #a9b3bf; --back: #14171b; --panel: #1e2329;
  --line: #454e59; --accent: #7db8ff; --good: #74d48c; --bad: #ff9d94; --mark: #ff9d94; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 70rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--text);
  background: var(--back); overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
h2.first { margin-top: 0; }
h3 { font-size: 1rem; margin: 0; }
p { margin: .25rem 0; }
time { white-space: nowrap; }
a { color: var(--accent); }
code { font-size: .85em; }
.skip { position: absolute; left: -99rem; }
.skip:focus { position: static; }
.quiet { color: var(--quiet); }
.good { color: var(--good); }
.bad { color: var(--bad); }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem; margin: 0 0 .75rem; }
.now { font-size: 1.25rem; font-weight: 600; }
fieldset { border: 0; margin: .5rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: .5rem; }
legend { padding: 0 0 .25rem; }
button { font: inherit; min-height: 2.75rem; padding: .25rem .9rem; color: var(--accent); background: var(--back);
  border: 1px solid var(--accent); border-radius: .4rem; cursor: pointer; }
button:hover { text-decoration: underline; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
caption { text-align: left; color: var(--quiet); padding: .25rem 0; }
th[scope="col"] { overflow-wrap: normal; }
th, td { text-align: left; vertical-align: top; padding: .35rem .5rem .35rem 0; border-top: 1px solid var(--line); }
td ul { margin: 0; padding: 0; list-style: none; }
svg { display: block; width: 100%; }
svg .life { fill: var(--accent); }
svg .past { fill: var(--quiet); }
svg .today { stroke: var(--mark); stroke-width: 2; }
svg .axis { stroke: var(--line); }
svg text { fill: var(--text); font-size: .8rem; }
.ends { display: flex; justify-content: space-between; font-weight: 400; color: var(--quiet); }
.edges { table-layout: fixed; }
.edges th:first-child { width: 4.5rem; overflow-wrap: normal; }
.lives th:first-child { width: 34%; }
@media (max-width: 30rem) { body { padding: .75rem; } table { font-size: .8rem; } }
`;
