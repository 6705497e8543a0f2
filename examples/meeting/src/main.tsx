import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./style/base.css";
import "./style/press.css";
import "./style/air.css";
import "./style/shell.css";
import "./style/side.css";
import "./style/tasks.css";
import "./style/agenda.css";
import "./style/discussion.css";
import "./style/record.css";
import "./style/views.css";
import "./style/pages.css";
import { App } from "./app.js";

const root = document.getElementById("app");
if (root) {
	createRoot(root).render(
		<StrictMode>
			<App />
		</StrictMode>,
	);
}
