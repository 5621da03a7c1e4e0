const DATABASE = "revisit_management.draft_files";
const STORE = "files";
// in bytes: the server takes no more for one callback
const MAX_KEPT = 50 * 1024 * 1024;

// one step after the other, also when one page takes the place of another
let last = Promise.resolve();

function inTurn(step) {
    // a browser that keeps nothing for pages, or has no room: names are kept all the same
    last = last.then(step).catch(() => null);
    return last;
}

/**
 * @param {Function} act by the store, one request; what it finds is returned
 * @param {boolean} [isMade] whether the database is made where there is none
 */
function use(act, isMade = false) {
    return new Promise((resolve, reject) => {
        const opening = window.indexedDB.open(DATABASE, 1);
        opening.onupgradeneeded = () => {
            if (isMade) {
                opening.result.createObjectStore(STORE);
            } else {
                opening.transaction.abort();
            }
        };
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
            const database = opening.result;
            const transaction = database.transaction(STORE, "readwrite");
            const request = act(transaction.objectStore(STORE));
            transaction.oncomplete = () => {
                database.close();
                resolve(request.result);
            };
            transaction.onabort = () => {
                database.close();
                reject(transaction.error);
            };
        };
    });
}

/**
 * @returns {HTMLInputElement[]} the fields of a form in which files are chosen
 */
function getFields(form) {
    return [...form.elements].filter((field) => field.type === "file" && field.name);
}

/**
 * @returns {string[]} the names of the files that are chosen in a form
 */
export function readNames(form) {
    return getFields(form).flatMap(({files}) => [...files].map((file) => file.name));
}

/**
 * Keep the files that are chosen in a form: what they contain, as a photo may be gone
 * from where it was taken before it is sent.
 *
 * @param {string} key of the draft to which they belong
 */
export function keepFiles(key, form) {
    const chosen = getFields(form).flatMap((field) =>
        [...field.files].map((file) => ({field: field.name, file}))
    );
    const size = chosen.reduce((sum, {file}) => sum + file.size, 0);
    return inTurn(async () => {
        if (!chosen.length || size > MAX_KEPT) {
            return use((store) => store.delete(key));
        }
        const kept = await Promise.all(
            chosen.map(async ({field, file}) => ({
                field,
                name: file.name,
                type: file.type,
                lastModified: file.lastModified,
                content: await file.arrayBuffer(),
            }))
        );
        return use((store) => store.put(kept, key), true);
    });
}

/**
 * Choose the kept files again in a form, unless others were chosen meanwhile.
 *
 * @returns {Promise<string[]>} the names of the files that are chosen now
 */
export async function restoreFiles(key, form) {
    const kept = (await inTurn(() => use((store) => store.get(key)))) || [];
    for (const field of getFields(form)) {
        const own = kept.filter((file) => file.field === field.name);
        if (!own.length || field.files.length) {
            continue;
        }
        try {
            const transfer = new DataTransfer();
            for (const {name, content, ...options} of own) {
                transfer.items.add(new File([content], name, options));
            }
            field.files = transfer.files;
        } catch {
            // a browser in which only a person chooses files
        }
    }
    return readNames(form);
}

/**
 * Forget files with their drafts.
 *
 * @param {Function} isKept by the key, which drafts there still are
 */
export function forgetFiles(isKept) {
    return inTurn(() =>
        use((store) => {
            const request = store.openCursor();
            request.onsuccess = () => {
                const cursor = request.result;
                if (cursor) {
                    if (!isKept(cursor.key)) {
                        cursor.delete();
                    }
                    cursor.continue();
                }
            };
            return request;
        })
    );
}
