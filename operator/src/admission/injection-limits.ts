// What a pod can ask for. A token arrives where the application looks for it, and nowhere where a program would act
// upon it by itself.

/** A variable's name; lower case is left to programs, such as the `http_proxy` of curl. */
export const variableName = '^[A-Z][A-Z0-9_]*$'

/**
 * Variables that loaders, shells, interpreters and TLS libraries obey: whoever writes the token would decide what runs,
 * or whom a program trusts.
 */
export const obeyedVariables =
  '^(' +
  [
    '(LD|DYLD|MALLOC|PYTHON|KUBERNETES|GIT_CONFIG|NPM_CONFIG|CORECLR|DOTNET)_.*',
    'PATH|ENV|IFS|SHELL|HOME|TMPDIR|PS4|PROMPT_COMMAND|SHELLOPTS|BASH_?ENV|BASHOPTS|CDPATH',
    'GLIBC_TUNABLES|GCONV_PATH|LOCPATH|NLSPATH|HOSTALIASES|RES_OPTIONS',
    'PYTHON[A-Z]+|PERL5?(LIB|OPT|DB)|RUBY(OPT|LIB)|LUA_(INIT|C?PATH)|PHPRC|PHP_INI_SCAN_DIR',
    'NODE_(OPTIONS|PATH|EXTRA_CA_CERTS|TLS_REJECT_UNAUTHORIZED)|GO(FLAGS|DEBUG)|ERL_[AZ]?FLAGS',
    'CLASSPATH|(JAVA_TOOL|JDK_JAVA)_OPTIONS|(JAVA|MAVEN|GRADLE|CATALINA)_OPTS',
    '(HTTPS?|ALL|NO)_PROXY|SSL_CERT_(FILE|DIR)|SSLKEYLOGFILE|(CURL|REQUESTS)_CA_BUNDLE',
    'OPENSSL_(CONF|MODULES|ENGINES)|KUBECONFIG',
    'GIT_(SSH|SSH_COMMAND|EXEC_PATH|ASKPASS|EXTERNAL_DIFF|PAGER|EDITOR)|SSH_ASKPASS',
    'EDITOR|VISUAL|PAGER|MANPAGER|BROWSER|LESS(OPEN|CLOSE)',
  ].join('|') +
  ')$'

/** A directory of its own below one of the places for keys; segments cannot be `.` or `..`. */
export const mountPath = '^/(run|var/run|etc|mnt)/keys(/[A-Za-z0-9][-._A-Za-z0-9]*)+$'
