module.exports = {
    plugins: [require.resolve("@prettier/plugin-xml")],
    bracketSpacing: false,
    printWidth: 88,
    proseWrap: "preserve",
    trailingComma: "es5",
    xmlWhitespaceSensitivity: "preserve",
};
