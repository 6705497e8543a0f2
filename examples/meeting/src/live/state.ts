import { isMarked } from "@recount/redux";
import { combineReducers } from "@reduxjs/toolkit";
import type { Action, Reducer } from "redux";
import { meetingReducer } from "../domain/meeting.js";
import { drafts, flights, notes, people, speed, unsent } from "./local.js";

/**
 * What is of this tab alone: no event changes it. Anybody may append one of any type, also one that an action here has.
 */
function local<S>(reducer: Reducer<S>): Reducer<S> {
	return (state, action: Action) => reducer(state, isMarked(action) ? { type: "" } : action);
}

/** The meeting, which all share, and what this tab knows beside it. */
export const reducer = combineReducers({
	meeting: meetingReducer,
	people: local(people.reducer),
	drafts: local(drafts.reducer),
	flights: local(flights.reducer),
	notes: local(notes.reducer),
	unsent: local(unsent.reducer),
	speed: local(speed.reducer),
});

export type State = ReturnType<typeof reducer>;
