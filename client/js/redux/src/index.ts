export {
	type Forward,
	isMarked,
	type Recorded,
	type RecountAction,
	type Rejected,
	type Rejection,
	type Reset,
	recorded,
	rejectedType,
	resetType,
	type Told,
} from "./action.js";
export { recount } from "./enhancer.js";
export type { Recount, RecountOptions, Status } from "./recount.js";
