export {
	isMarked,
	type Recorded,
	type RecountAction,
	type Rejected,
	type Rejection,
	recorded,
	rejectedType,
} from "./action.js";
export { type RecountOptions, recount } from "./enhancer.js";
export type { Forward, Recount, Status } from "./recount.js";
