// Installs what package-lock.json names, if that has not been done: trunk runs this before each build (see Trunk.toml).
const { execSync } = require("node:child_process");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

/** The hashes of the packages in a lock file, by their folders. */
function hashes(file) {
  const { packages } = JSON.parse(readFileSync(join(__dirname, file), "utf8"));
  return new Map(Object.entries(packages).map(([folder, { integrity }]) => [folder, integrity]));
}

function installed() {
  try {
    const there = hashes("node_modules/.package-lock.json");
    return [...hashes("package-lock.json")].every(([folder, hash]) => there.get(folder) === hash);
  } catch {
    return false;
  }
}

if (!installed()) {
  // By a shell, since npm is a script of another kind on Windows.
  execSync("npm ci --ignore-scripts --no-audit --no-fund", { cwd: __dirname, stdio: "inherit" });
}
