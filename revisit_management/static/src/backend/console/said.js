/** What was typed in the console: as the screen keeps it, and as the server does. */

export function getNothingSaid() {
    return {
        about: {},
        answers: {},
        measures: {},
        confirmed: {},
        feedback: "",
        note: "",
        phone: "",
        nextDueOn: "",
        // what is being noted of a result; the server has the ones that were
        result: {},
    };
}

/** What was typed, as the server has kept it: in another tab or browser, or before. */
export function readSaid(callbackId, said) {
    const measures = {...said.measures};
    const confirmed = {};
    for (const [key, values] of Object.entries(said.others || {})) {
        confirmed[key] = values.customer_confirmed;
    }
    if (measures.customer_confirmed) {
        confirmed[callbackId] = measures.customer_confirmed;
    }
    const feedback = measures.feedback || "";
    delete measures.customer_confirmed;
    delete measures.feedback;
    return {
        about: said.about || {},
        answers: said.answers || {},
        measures,
        confirmed,
        feedback,
        note: said.note || "",
        phone: said.phone || "",
        nextDueOn: said.next_due_on || "",
        result: {},
    };
}

/** What was said, as the server takes it. */
export function writeSaid(callbackId, hasQuestions, said) {
    const others = {};
    const measures = {...said.measures, feedback: said.feedback};
    for (const [id, value] of Object.entries(said.confirmed)) {
        if (!value) {
            continue;
        }
        if (Number(id) === callbackId) {
            measures.customer_confirmed = value;
        } else {
            others[id] = {customer_confirmed: value};
        }
    }
    return {
        about: said.about,
        answers: hasQuestions ? said.answers : null,
        measures,
        others,
        next_due_on: said.nextDueOn || false,
    };
}

/** Whether anything was answered at all. */
export function isAnswered({answers, confirmed, measures}) {
    return [answers, confirmed, measures].some((table) =>
        Object.values(table).some((value) => value)
    );
}
