import { RecountError } from "./error.js";

/** A value as JSON keeps it. Throws `invalid` where JSON cannot say it, as with circles. */
export function plain<Value>(value: Value): Value {
	try {
		return JSON.parse(JSON.stringify(value)) as Value;
	} catch (error) {
		throw new RecountError("invalid", `this is no JSON: ${error}`);
	}
}
