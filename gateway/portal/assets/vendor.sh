#!/usr/bin/env bash
# Makes the vendored files of the pages again, from the packages and versions named here.
#
#   gateway/portal/assets/vendor.sh          writes the files and VENDORED.toml
#   gateway/portal/assets/vendor.sh --check  writes nothing; fails if anything would differ
#
# Needs Node 20 or later with npm, and network to its registry. The build of Stile needs neither:
# everything this script makes is committed. Sass in Rust (grass 0.13) cannot read GOV.UK Frontend 6.
set -euo pipefail

GOVUK=6.6.0
MOJ=11.1.0
SASS=1.108.2
ICONS=(icon-close-cross-black icon-document icon-tag-remove-cross icon-tag-remove-cross-white
  icon-toggle-plus-minus)
FIXTURES=(back-link breadcrumbs button character-count checkboxes date-input details error-message
  error-summary fieldset hint input inset-text label language-navigation notification-banner
  pagination panel radios select service-navigation skip-link summary-list table tag task-list
  textarea warning-text)

here=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# The load path must be the parent of node_modules: MOJ imports `node_modules/govuk-frontend/…`.
cd "$out"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund --silent \
  "govuk-frontend@$GOVUK" "@ministryofjustice/frontend@$MOJ" "sass@$SASS" >/dev/null
govuk=node_modules/govuk-frontend/dist/govuk
moj=node_modules/@ministryofjustice/frontend/moj

mkdir -p new/served/images new/fixtures
cp "$here/govuk-moj.scss" .
node_modules/.bin/sass --load-path=node_modules --load-path=. --style=compressed --no-source-map \
  --quiet-deps --silence-deprecation=import govuk-moj.scss new/served/govuk-moj.css 2>sass.log ||
  { cat sass.log >&2; exit 1; }
cp "$govuk/govuk-frontend.min.js" new/served/
# The map stands beside the file in the package; it is not served.
sed -i 's#//\# sourceMappingURL=.*##' new/served/govuk-frontend.min.js
for icon in "${ICONS[@]}"; do cp "$moj/assets/images/$icon.svg" new/served/images/; done
for part in "${FIXTURES[@]}"; do cp "$govuk/components/$part/fixtures.json" "new/fixtures/$part.json"; done

# One table a file: where it comes from, and the digest a test holds it to.
entry() { # path in the crate, file, package, version
  printf '\n[[file]]\npath = "%s"\npackage = "%s"\nversion = "%s"\nlicence = "MIT"\nsha256 = "%s"\n' \
    "$1" "$3" "$4" "$(sha256sum "$2" | cut -d' ' -f1)"
}
{
  echo "# Written by vendor.sh: every file that comes from a package, and what it is."
  entry assets/served/govuk-moj.css new/served/govuk-moj.css "govuk-frontend, @ministryofjustice/frontend" "$GOVUK, $MOJ"
  entry assets/served/govuk-frontend.min.js new/served/govuk-frontend.min.js govuk-frontend "$GOVUK"
  for icon in "${ICONS[@]}"; do
    entry "assets/served/images/$icon.svg" "new/served/images/$icon.svg" @ministryofjustice/frontend "$MOJ"
  done
  for part in "${FIXTURES[@]}"; do
    entry "tests/fixtures/govuk/$part.json" "new/fixtures/$part.json" govuk-frontend "$GOVUK"
  done
} >new/VENDORED.toml

if [ "${1:-}" = --check ]; then
  diff -q new/VENDORED.toml "$here/VENDORED.toml"
  exit
fi
mkdir -p "$here/served/images" "$here/../tests/fixtures/govuk"
cp new/served/*.* "$here/served/"
cp new/served/images/* "$here/served/images/"
cp new/fixtures/* "$here/../tests/fixtures/govuk/"
cp new/VENDORED.toml "$here/VENDORED.toml"
