/** What OpenSSL's or Go's PEM parser rejects although no data is lost. Tests run both. Nothing here quotes the text. */

/** Both accept LF and CRLF. */
export function oddLineEnds(text: string): readonly string[] {
  if (/\r\r+\n/.test(text))
    return [`has line ends of two CR and an LF (line ${lineOf(text, /\r\r+\n/)}), which Go rejects`];
  if (/\r(?!\n)/.test(text))
    return [`has line ends of CR alone (line ${lineOf(text, /\r(?!\n)/)}), which OpenSSL and Go reject`];
  return [];
}

function lineOf(text: string, place: RegExp): number {
  return text.slice(0, place.exec(text)?.index ?? 0).split(/\r+\n|\r|\n/).length;
}

const KINDS: readonly {
  readonly is: (line: string, index: number) => boolean;
  readonly what: string;
  readonly who: string;
}[] = [
  // Directly below BEGIN it ends the headers, of which there are none.
  { is: (line, index) => index > 0 && line.trim() === "", what: "an empty line inside a block", who: "OpenSSL" },
  { is: (line) => line.includes(":"), what: "a header inside a block", who: "OpenSSL" },
  {
    is: (line) => /[^\t\r -~]/.test(line),
    what: "an invisible character",
    who: "Go",
  },
];

export function invisibleAt(line: number): string {
  return `has an invisible character (line ${line}), which Go rejects`;
}

/**
 * @param body the lines between BEGIN and END
 * @param begin line number of BEGIN
 */
export function oddLines(body: readonly string[], begin: number): readonly string[] {
  return KINDS.flatMap(({ is, what, who }) => {
    const index = body.findIndex(is);
    return index === -1 ? [] : [`has ${what} (line ${begin + 1 + index}), which ${who} rejects`];
  });
}
