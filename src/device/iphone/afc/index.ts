/**
 * AFC, the phone's file service, reading half only. Format -> connection (packet numbers, many in flight) -> client
 * (operations, windowed reads) -> pool. Promise: nothing here can change the phone; there is no operation for it.
 */
export { AfcClient, AfcOrderError } from "./afc-client.ts";
export { AfcConnection, StalledError } from "./afc-connection.ts";
export { AfcError } from "./afc-errors.ts";
export { afcStatus } from "./afc-format.ts";
export { AfcPool } from "./afc-pool.ts";
