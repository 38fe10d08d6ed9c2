/**
 * Matches a path with collapsed slashes against a glob: `*` is one segment or a part of one, `**` any number of
 * segments, including none.
 */
export function matchesGlob(glob: string, path: string): boolean {
  return compile(glob).test(path);
}

const compiled = new Map<string, RegExp>();

function compile(glob: string): RegExp {
  const known = compiled.get(glob);
  if (known !== undefined) return known;
  const source = `/${glob}`
    .replaceAll(/\/+/g, "/")
    .replace(/(?<=.)\/$/, "")
    .split("/")
    .slice(1)
    .map((segment) => (segment === "**" ? "(?:/[^/]+)*" : `/${segmentSource(segment)}`))
    .join("");
  const pattern = new RegExp(`^${source}/?$`);
  compiled.set(glob, pattern);
  return pattern;
}

function segmentSource(segment: string): string {
  return segment
    .split(/\*+/)
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^/]+");
}
