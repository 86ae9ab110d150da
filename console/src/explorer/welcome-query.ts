/** The first tab: it shows who the API takes the caller for. */
export const welcomeQuery = `# Welcome to Latchkey.
#
# Sign in above, then run this with Ctrl-Enter
# to see who you are and what you may do.
# The book on the left explains every type,
# field and limit of the API.

query Viewer {
  viewer {
    id
    kind
    email
    roles
    permissions
  }
}
`;
