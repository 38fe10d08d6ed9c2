/** The comments of one pull request, as the APIs of GitHub and GitLab serve them. */
import { createServer, type IncomingMessage } from "node:http";

export interface CommentServer {
  readonly url: string;
  add(author: string, body: string): void;
  /** Texts of an author's comments. */
  of(author: string): string[];
  close(): Promise<void>;
}

const GITHUB = "/repos/acme/infrastructure/issues";
const GITLAB = "/projects/5/merge_requests/7/notes";

export async function startCommentServer(): Promise<CommentServer> {
  const comments: { id: number; login: string; body: string }[] = [];
  const add = (login: string, body: string) => void comments.push({ id: comments.length + 1, login, body });
  const shown = ({ id, login, body }: (typeof comments)[number]) => ({
    id,
    body,
    user: { login },
    author: { id: login },
  });
  async function answer(request: IncomingMessage): Promise<[number, unknown]> {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://127.0.0.1");
    const isGitlab = request.headers["private-token"] === "token-of-the-project";
    if (!isGitlab && request.headers.authorization !== "Bearer token-of-the-job") return [401, {}];
    const self = isGitlab ? "project-bot" : "github-actions[bot]";
    if (isGitlab && pathname === "/user") return [200, { id: self }];
    const list = isGitlab ? GITLAB : `${GITHUB}/7/comments`;
    if (pathname === list && request.method === "GET") {
      const [page, size] = [Number(searchParams.get("page")), Number(searchParams.get("per_page"))];
      return [200, comments.slice((page - 1) * size, page * size).map(shown)];
    }
    const { body } = JSON.parse(await textOf(request)) as { body: string };
    if (pathname === list && request.method === "POST") {
      add(self, body);
      return [201, {}];
    }
    const one = isGitlab ? GITLAB : `${GITHUB}/comments`;
    const found = comments.find(({ id }) => pathname === `${one}/${id}`);
    if (found === undefined || request.method !== (isGitlab ? "PUT" : "PATCH")) return [404, {}];
    found.body = body;
    return [200, shown(found)];
  }
  const server = createServer((request, response) => {
    answer(request).then(
      ([status, body]) => response.writeHead(status).end(JSON.stringify(body)),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    add,
    of: (author) => comments.filter(({ login }) => login === author).map(({ body }) => body),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of request) text += String(piece);
  return text;
}
