/** Android phones through a running adb server: server -> sync and shell -> `AdbSource`. */
export { AdbRoute } from "./adb-route.ts";
export { type AdbAddress, AdbServer, parseAdbAddress } from "./adb-server.ts";
