# The words on the broker's pages, in English. vi.ftl is the original; this file has exactly its keys.
# A translator changes only what follows "=". What stands in { } is filled in by the program.

## Frame of every page
portal-name = Central sign-in
page-title = { $title } – { $portal }, { $province }
skip-to-content = Skip to main content
footer-label = About this service
footer-password = This service never asks for your password. You only enter it on the page or in the app of the identity provider, such as VNeID.
reference-label = Reference number
reference-help = If you need help, give this number to the support staff.
application-label = Application
legal-entity-label = Responsible body
website-label = Address
what-to-do = What you can do
back-to-client = Back to { $client }
try-again = Sign in again
open-client = Open { $client }
back-to-application = Back to the application
open-services = Go to the services of the province

## Provider chooser
choose-title = Choose how to sign in
choose-lead = You are signing in to { $client }. Choose who confirms your identity.
choose-list = Ways to sign in
choose-cancel = Do not sign in

## Information and consent
information-title = Information that goes to { $client }
information-lead = You have been authenticated. Before you return, this page tells you what is passed on, to whom and for what.
information-basis-note = The law allows this information to be passed on, so your consent is not needed. You can still stop here and not sign in.
information-approve = Continue
information-deny = Do not sign in
consent-title = { $client } asks for your information
consent-lead = You have been authenticated. The application receives the information below only if you agree.
consent-basis-note = You may refuse. You then return to the application without being signed in, and nothing is passed on.
consent-approve = Agree
consent-deny = Refuse
consent-person = Authenticated: { $person }, with { $provider }
consent-provider = Authenticated with { $provider }
consent-who = Who receives the information
consent-purpose-label = Purpose
consent-basis-label = Legal basis
consent-claims = Information that is passed on
consent-no-claims = No personal information is passed on.
consent-pairwise = The application also receives a code of its own, so that it knows you next time. The code is for this body only and is not your personal identification number.
consent-sensitive-mark = Keep private
consent-sensitive-note = What is marked “Keep private” could be used to recognise you in many places. Continue only if you trust the body that receives it.

## Each kind of information
claim-name = Full name
claim-name-about = As recorded in your identity account
claim-birthdate = Date of birth
claim-birthdate-about = Day, month and year of birth
claim-gender = Gender
claim-gender-about = As recorded in your identity account
claim-email = E-mail
claim-email-about = An address at which the body can reach you
claim-email_verified = E-mail verified
claim-email_verified-about = Whether the address was checked to be yours
claim-updated_at = Date of update
claim-updated_at-about = When your information was last updated
claim-phone_number = Telephone number
claim-phone_number-about = The number registered with your identity account
claim-address = Address
claim-address-about = Your permanent or current residence
claim-vn_citizen_id = Personal identification number
claim-vn_citizen_id-about = The 12 digits on your identity card
claim-vn_account_level = Identity account level
claim-vn_account_level-about = Level 1 or level 2: how your account was verified
claim-vn_account_type = Account type
claim-vn_account_type-about = Individual or organisation
claim-vn_agency = Agency
claim-vn_agency-about = The code of the agency in which you hold a post
claim-vn_officer = Officer code
claim-vn_officer-about = Your code in the register of officers, recorded when data is looked up over the data exchange
claim-acr = Authentication level
claim-acr-about = How certain this sign-in is; it says nothing private about you
claim-other = Other information ({ $name })
claim-other-about = Information this application is registered to receive

## Level not met
unmet-account-title = Your account level is too low
unmet-account-needed = { $client } needs an electronic identity account of level { $needed }.
unmet-account-has = The account you used has level { $has }.
unmet-account-none = The account you used does not state an identity level.
unmet-account-do = Take your identity card to the police of the commune or ward where you live, or to an identity card office, and have your account raised to level { $needed }. Once that is approved, sign in as usual.
unmet-account-none-do = Sign in again with a VNeID electronic identity account of level { $needed }. If yours has not reached that level, take your identity card to the police of the commune or ward where you live and have it raised.
unmet-auth-title = This sign-in is not strong enough
unmet-auth-needed = { $client } needs authentication level { $needed }.
unmet-auth-has = This sign-in reached level { $has } only.
unmet-auth-none = The identity provider did not say which level this sign-in reached.
unmet-auth-do = If there is a stronger way to sign in, for example with your face or fingerprint as well, choose it. If not, ask the body that runs the application to serve you in person.
unmet-no-data = Nothing about you has been passed on to the application.
unmet-other-provider = Choose another way to sign in

## Errors
error-unknown-client-title = This application is not known
error-unknown-client-what = The page you came from sent an application code that is not registered here.
error-unknown-client-do = Open the application from the official address of the body that runs it. If you see this page again, tell that body and give the reference number.
error-redirect-uri-title = The return address is wrong
error-redirect-uri-what = The application asked to send you to an address that is not registered here. To protect you, we stopped and passed nothing on.
error-redirect-uri-do = Open the application yourself from its official address, and do not follow unknown links in messages or e-mails. If you see this page again, tell the body that runs the application and give the reference number.
error-bad-request-title = The sign-in request is not valid
error-bad-request-what = We received a request that is not well formed (parameter “{ $parameter }”). You did nothing wrong.
error-bad-request-do = Go back to the application and try again. If you see this page again, tell the body that runs the application and give the reference number.
error-login-expired-title = This sign-in has expired
error-login-expired-what = Each sign-in is valid for a few minutes only. This one took too long or has already ended, so we stopped to keep you safe.
error-login-expired-do = Go back to the application and sign in again from the start.
error-login-elsewhere-title = This sign-in did not start here
error-login-elsewhere-what = The result of a sign-in is accepted only in the browser that started it. You also see this page when cookies were deleted or are blocked.
error-login-elsewhere-do = Open the application in this browser and sign in again from the start. If somebody sent you this link, do not continue: they may be trying to impersonate someone.
error-callback-replayed-title = This sign-in result was already used
error-callback-replayed-what = Each result can be used once. You may have pressed the browser's Back button or reloaded the page.
error-callback-replayed-do = Open the application again. If the sign-in had succeeded you are still signed in; if not, sign in again from the start.
error-provider-down-title = The identity provider does not answer
error-provider-down-what = We cannot reach the identity provider you chose. The fault is not on your device.
error-provider-down-do = Wait a few minutes and try again, or choose another way to sign in if the application offers one.
error-provider-refused-title = The identity provider refused the request
error-provider-refused-what = The identity provider you chose did not accept our request. You did nothing wrong, and you are not signed in.
error-provider-refused-do = Try again later or choose another way to sign in. If you see this page again, contact support and give the reference number.
error-provider-declined-title = You are not signed in
error-provider-declined-what = Authentication was stopped at the identity provider. Nothing about you has been passed on.
error-provider-declined-do = If you still want to sign in, go back to the application and start again.
error-provider-message-title = The sign-in result cannot be confirmed
error-provider-message-what = The answer of the identity provider did not pass our checks, so you are not signed in.
error-provider-message-do = Go back to the application and sign in again. If you see this page again, contact support and give the reference number.
error-overloaded-title = Too many people are using the service
error-overloaded-what = There are too many requests at this moment, so we cannot serve you yet.
error-overloaded-do = Wait about a minute and reload the page.
error-too-large-title = The request is too large
error-too-large-what = The browser or the application sent more data than we accept.
error-too-large-do = Go back to the application and sign in again from the start.
error-timeout-title = It took too long
error-timeout-what = We waited longer than we may and stopped this request.
error-timeout-do = Check your connection, go back to the application and try again.
error-not-found-title = There is no such page
error-not-found-what = The address you opened does not exist here. It may be mistyped or cut off.
error-not-found-do = This service is only for signing in to the applications of the province. Open the application you need and sign in there.
error-method-not-allowed-title = This page cannot be opened like that
error-method-not-allowed-what = This address is one step of a sign-in and cannot be opened on its own.
error-method-not-allowed-do = Go back to the application and sign in again from the start.
error-internal-title = The service has a problem
error-internal-what = Something went wrong on our side. You did nothing wrong, and we stopped safely.
error-internal-do = Try again in a few minutes. If you see this page again, contact support and give the reference number.

## Signing out
sign-out-title = Do you want to sign out?
sign-out-person = You are signed in as { $person }.
sign-out-asked-by = { $client } asked for this.
sign-out-what = Signing out ends your session with this service. Next time you have to authenticate again.
sign-out-approve = Sign out
sign-out-stay = If you do not want to sign out, just close this page.
signed-out-title = You are signed out
signed-out-what = Your session with this service has ended.
signed-out-shared = If others use this computer, close all browser windows.
signed-out-upstream = You may still have a session with { $provider }.
signed-out-upstream-link = Sign out of { $provider }
