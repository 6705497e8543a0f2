// What recount.yaml declares, written by recount types. Do not edit: write it anew.

/** The events of meeting: their types, and what data they have. */
export interface MeetingEvents {
	maps: Maps;
}

export type Maps = {
	any?: { [key: string]: unknown };
	closed?: { [key: string]: never };
	counts?: { [key: string]: number };
	loose?: { [key: string]: unknown };
	missing: unknown;
	mixed?: {
		a?: string;
		[key: string]: unknown /* the schema says more of properties without a name */;
	};
	/** The schema says more than this type: not, propertyNames. */
	names?: { [key: string]: unknown };
	needs?: {
		x: boolean;
		y: boolean;
		[key: string]: unknown /* the schema says more of properties without a name */;
	};
	open: {
		a?: string;
		[key: string]: unknown;
	};
	patterns?: { [key: string]: string | number };
};
