import { plainTarget, tunnelHost } from "./target.ts";

test.each([
  ["cert-manager.cqloud.com:443", "cert-manager.cqloud.com"],
  ["LOGIN.cqloud.com:443", "login.cqloud.com"],
  ["stage-media-sites.stage.cqloud.com:443", "stage-media-sites.stage.cqloud.com"],
  ["kan11-device-ip.rnd.cqloud.com:443", "kan11-device-ip.rnd.cqloud.com"],
  ["cqloud.com:443", undefined],
  ["login.cqloud.com:80", undefined],
  ["login.cqloud.com", undefined],
  ["example.com:443", undefined],
  ["evilcqloud.com:443", undefined],
  ["login.cqloud.com.example.com:443", undefined],
  ["login.cqloud.com:443:443", undefined],
  ["-.cqloud.com:443", undefined],
  ["[::1]:443", undefined],
  ["127.0.0.1:443", undefined],
  ["", undefined],
])("CONNECT %s leads to %s", (authority, host) => expect(tunnelHost(authority)).toBe(host));

test.each([
  ["http://login.cqloud.com/login?orgId=a", { kind: "api", path: "/login?orgId=a" }],
  ["http://login.cqloud.com//login", { kind: "api", path: "//login" }],
  ["http://login.cqloud.com:80/login", { kind: "api", path: "/login" }],
  ["HTTP://Login.CQloud.com", { kind: "api", path: "/" }],
  ["http://login.cqloud.com?x=1", { kind: "api", path: "/?x=1" }],
  ["http://login.cqloud.com:8080/login", { kind: "foreign" }],
  ["http://example.com/", { kind: "foreign" }],
  ["/login", { kind: "no-proxy-request" }],
  ["*", { kind: "no-proxy-request" }],
  ["https://login.cqloud.com/login", { kind: "no-proxy-request" }],
])("a plain request for %s is parsed", (target, expected) => expect(plainTarget(target)).toEqual(expected));
