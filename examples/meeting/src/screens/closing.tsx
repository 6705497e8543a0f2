import { agendaReopened } from "../domain/events.js";
import { markdown } from "../domain/markdown.js";
import { clock } from "../domain/time.js";
import { useDispatch, useFrozen, useMeeting } from "../live/context.js";
import { notes } from "../live/local.js";
import { useNow } from "../live/moment.js";
import { Heading } from "./heading.js";
import { Icon } from "./icons.js";
import { Record } from "./record.js";
import { save } from "./save.js";
import { Tasks } from "./tasks.js";

/** After the discussion: who does what, and the minutes to take along. */
export function Closing({ title }: { title: string }) {
	const dispatch = useDispatch();
	const frozen = useFrozen();
	return (
		<>
			<section className="stage" aria-label="Closing">
				<Heading overline="What we take with us" title={title} />
				<Tasks card={null} title="Actions" />
				<Items />
			</section>
			<aside className="side">
				<Export title={title} />
				<button className="quiet" type="button" disabled={frozen} onClick={() => dispatch(agendaReopened({}))}>
					Back to the agenda
				</button>
				<Record />
			</aside>
		</>
	);
}

function Items() {
	const meeting = useMeeting((all) => all);
	const cards = meeting.stack.flatMap((id) => meeting.cards.find((card) => card.id === id) ?? []);
	const most = Math.max(1, ...cards.map((card) => card.spent));
	return (
		<section className="items" aria-labelledby="items-title">
			<h2 id="items-title">What we talked about</h2>
			<ol>
				{cards.map((card) => (
					<li key={card.id}>
						<span className="words" dir="auto">
							{card.title}
						</span>
						<span className="time">{card.spent > 0 ? clock(card.spent) : "not reached"}</span>
						<span className="line" aria-hidden="true">
							<i style={{ width: `${(card.spent / most) * 100}%` }} />
						</span>
					</li>
				))}
			</ol>
		</section>
	);
}

function Export({ title }: { title: string }) {
	const meeting = useMeeting((all) => all);
	const now = useNow();
	const dispatch = useDispatch();
	const text = (): string => markdown(meeting, title, now);
	const copy = async (): Promise<void> => {
		try {
			await navigator.clipboard.writeText(text());
			dispatch(notes.actions.told("The minutes are copied, as Markdown."));
		} catch {
			save(`${title}.md`, "text/markdown", text());
		}
	};
	return (
		<section className="ballot minutes" aria-labelledby="export-title">
			<h2 id="export-title">The minutes</h2>
			<p className="soft">Items, times and actions, as Markdown.</p>
			<button className="solid wide" type="button" onClick={() => save(`${title}.md`, "text/markdown", text())}>
				<Icon name="save" />
				<span>Save as Markdown</span>
			</button>
			<button className="quiet" type="button" onClick={() => void copy()}>
				Copy
			</button>
		</section>
	);
}
