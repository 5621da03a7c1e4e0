import {registry} from "@web/core/registry";

/**
 * How a number is called. The entry with the lowest sequence is used.
 *
 * A telephony add-on registers its own:
 *
 *     registry.category("revisit_dialling").add("my_phone", {
 *         dial: ({number, callbackId, env}) => myPhone.call(number),
 *         hangUp: ({callbackId, env}) => myPhone.hangUp(),
 *     }, {sequence: 1});
 *
 * and tells the console what happens on the line, so that its timer follows:
 *
 *     env.bus.trigger("REVISIT:CALL-STARTED", {callbackId});
 *     env.bus.trigger("REVISIT:CALL-ENDED", {callbackId});
 *     env.bus.trigger("REVISIT:RINGING", {number});  // a customer rings
 */
registry.category("revisit_dialling").add(
    "tel",
    {
        dial: ({number}) => window.open(`tel:${number}`, "_self"),
        hangUp: () => {},
    },
    {sequence: 100}
);

export function getDialling() {
    return registry.category("revisit_dialling").getAll()[0];
}
