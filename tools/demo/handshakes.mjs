// A stream of TLS handshakes from a separate process: node handshakes.mjs HOST:PORT PER_SECOND SNI... It counts what
// each handshake was served, and prints the counts as one JSON line when stdin ends.
import { connect } from "node:tls";

const [address, perSecond, ...names] = process.argv.slice(2);
const [host, port] = address.split(":");
const served = {};
const failures = {};
let failed = 0;
let started = 0;
let finished = 0;
const beganAt = Date.now();

function shakeHands(servername) {
  started++;
  const socket = connect({
    host,
    port: Number(port),
    servername,
    rejectUnauthorized: false,
    ALPNProtocols: ["http/1.1"],
  });
  socket.setTimeout(5_000, () => socket.destroy(new Error("handshake took over 5 s")));
  let counted = false;
  const count = (error) => {
    if (counted) return;
    counted = true;
    finished++;
    if (error === undefined) {
      const fingerprint = socket.getPeerCertificate().fingerprint256.replaceAll(":", "").toLowerCase();
      served[fingerprint] = (served[fingerprint] ?? 0) + 1;
    } else {
      failed++;
      failures[error.message] = (failures[error.message] ?? 0) + 1;
    }
    socket.destroy();
    if (stopping && finished === started) report();
  };
  socket.once("secureConnect", () => count());
  socket.once("error", count);
  socket.once("close", () => count(new Error("closed before the handshake ended")));
}

let turn = 0;
// Starts what is due by the wall clock, so that a late timer does not lower the rate.
const timer = setInterval(() => {
  const due = ((Date.now() - beganAt) / 1000) * Number(perSecond);
  // After a stall of the machine, the burst is limited to what it can serve.
  for (let burst = 0; started < due && burst < 20; burst++) shakeHands(names[turn++ % names.length]);
}, 5);

let stopping = false;
function stop() {
  if (stopping) return;
  stopping = true;
  clearInterval(timer);
  if (finished === started) report();
}
function report() {
  process.stdout.write(
    `${JSON.stringify({ served, failed, failures, total: finished, seconds: (Date.now() - beganAt) / 1000 })}\n`,
    () => process.exit(0),
  );
}
process.stdin.on("end", stop).resume();
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
