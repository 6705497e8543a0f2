import { useFrozen } from "../live/context.js";
import { Icon } from "./icons.js";

interface StepperProps {
	label: string;
	value: number;
	least: number;
	most: number;
	onChange: (value: number) => void;
}

/** A small whole number, one up or one down. */
export function Stepper({ label, value, least, most, onChange }: StepperProps) {
	const frozen = useFrozen();
	// Who has come to the end stays on its button: the focus would go to the other one, which does the opposite.
	const step = (to: number): void => {
		if (to >= least && to <= most) {
			onChange(to);
		}
	};
	return (
		// biome-ignore lint/a11y/useSemanticElements: a fieldset would want a legend that shows
		<div className="stepper" role="group" aria-label={label}>
			<span>{label}</span>
			<button
				className="round"
				type="button"
				aria-label={`${label}: one less`}
				disabled={frozen}
				aria-disabled={value <= least}
				onClick={() => step(value - 1)}
			>
				<Icon name="minus" />
			</button>
			<output>{value}</output>
			<button
				className="round"
				type="button"
				aria-label={`${label}: one more`}
				disabled={frozen}
				aria-disabled={value >= most}
				onClick={() => step(value + 1)}
			>
				<Icon name="plus" />
			</button>
		</div>
	);
}
