import {Component, onWillUnmount, useState, xml} from "@odoo/owl";

/** Seconds as "2:05". */
export function formatSeconds(seconds) {
    const rest = String(seconds % 60).padStart(2, "0");
    return `${Math.floor(seconds / 60)}:${rest}`;
}

/**
 * How long the talk lasts, and the wrap-up after it. Nothing is forced: an agent who
 * never starts it leaves no duration.
 */
export function useCallTimer() {
    const state = useState({startedAt: 0, endedAt: 0});
    const count = (from, to) => Math.max(0, Math.round((to - from) / 1000));
    return {
        get isRunning() {
            return Boolean(state.startedAt && !state.endedAt);
        },
        get duration() {
            return state.startedAt
                ? count(state.startedAt, state.endedAt || Date.now())
                : 0;
        },
        get wrapUp() {
            return state.endedAt ? count(state.endedAt, Date.now()) : 0;
        },
        start() {
            Object.assign(state, {startedAt: Date.now(), endedAt: 0});
        },
        end() {
            state.endedAt = Date.now();
        },
        /** Begin anew, or go on as if the talk had begun so many seconds ago. */
        reset(seconds = 0) {
            const now = Date.now();
            Object.assign(state, {
                startedAt: seconds ? now - seconds * 1000 : 0,
                endedAt: seconds ? now : 0,
            });
        },
    };
}

/** Draws a text that follows the clock, and nothing else with it. */
export class Ticking extends Component {
    static template = xml`<span t-out="props.read(state.now)"/>`;
    static props = {read: Function};

    setup() {
        this.state = useState({now: Date.now()});
        const interval = setInterval(() => {
            this.state.now = Date.now();
        }, 1000);
        onWillUnmount(() => clearInterval(interval));
    }
}
