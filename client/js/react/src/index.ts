export { type ConnectionView, useConnection } from "./connection.js";
export type { StreamView } from "./folded.js";
export type { PlayerView } from "./player.js";
export { type PresenceView, usePresence } from "./presence.js";
export { useRecount } from "./recount.js";
export { useStream } from "./stream.js";
export { type TimeTravel, useTimeTravel } from "./travel.js";
