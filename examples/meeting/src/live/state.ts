import { combineReducers } from "@reduxjs/toolkit";
import { meetingReducer } from "../domain/meeting.js";
import { drafts, flights, notes, people, speed, unsent } from "./local.js";

/** The meeting, which all share, and what this tab knows beside it. */
export const reducer = combineReducers({
	meeting: meetingReducer,
	people: people.reducer,
	drafts: drafts.reducer,
	flights: flights.reducer,
	notes: notes.reducer,
	unsent: unsent.reducer,
	speed: speed.reducer,
});

export type State = ReturnType<typeof reducer>;
