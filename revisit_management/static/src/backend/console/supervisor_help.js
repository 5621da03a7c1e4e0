import {onWillDestroy, useState} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";

const EVENT = "revisit.help";

/**
 * A question to the supervisor, and the answer as soon as it is there.
 *
 * @param {Function} getCallback returns the callback on the screen
 * @param {Function} onAsked called once the question is on its way
 * @returns {object} state with ``question``, what is typed, and ``ask()``
 */
export function useSupervisorHelp(getCallback, onAsked) {
    const orm = useService("orm");
    const bus = useService("bus_service");
    const help = useState({
        question: "",
        async ask() {
            const callback = getCallback();
            callback.help = await orm.call("revisit.console", "ask_supervisor", [
                callback.id,
                help.question,
            ]);
            help.question = "";
            onAsked();
        },
    });
    const onAnswer = ({callback_id: id, help: answer}) => {
        const callback = getCallback();
        if (callback?.id === id) {
            callback.help = answer;
        }
    };
    bus.subscribe(EVENT, onAnswer);
    onWillDestroy(() => bus.unsubscribe(EVENT, onAnswer));
    return help;
}
