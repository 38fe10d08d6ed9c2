/**
 * Imported before anything else by the command: the emulator stands beside the programs that it serves, and a young
 * generation that does not grow saves a tenth of its memory at no cost that can be measured.
 */
import { setFlagsFromString } from "node:v8";

setFlagsFromString("--semi-space-growth-factor=1");
