package hapi;

/** What the environment says about the server; each with a default. */
record Settings(int port, String jdbcUrl, String user, String password, int connections, String ids) {

  static Settings read() {
    return new Settings(
        Integer.parseInt(named("PORT", "8080")),
        named("JDBC_URL", "jdbc:h2:mem:hapi;DB_CLOSE_DELAY=-1"),
        named("JDBC_USER", "sa"),
        named("JDBC_PASSWORD", ""),
        Integer.parseInt(named("POOL", "20")),
        named("IDS", "ANY"));
  }

  /** Only this machine ever reaches the server. */
  String base() {
    return "http://127.0.0.1:" + port + "/fhir";
  }

  boolean postgres() {
    return jdbcUrl.startsWith("jdbc:postgresql:");
  }

  private static String named(String name, String otherwise) {
    String value = System.getenv(name);
    return value == null || value.isEmpty() ? otherwise : value;
  }
}
