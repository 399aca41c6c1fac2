// GOV.UK Frontend's own line for this is inline script, which the content security policy forbids.
document.body.classList.add('js-enabled');
if ('noModule' in HTMLScriptElement.prototype) document.body.classList.add('govuk-frontend-supported');
