package hapi;

import ca.uhn.fhir.batch2.jobs.imprt.BulkDataImportProvider;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.interceptor.UserRequestRetryVersionConflictsInterceptor;
import ca.uhn.fhir.jpa.provider.IJpaSystemProvider;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.narrative2.NullNarrativeGenerator;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.HardcodedServerAddressStrategy;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import java.net.InetSocketAddress;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** A HAPI FHIR R4 server on 127.0.0.1; prints "ready BASE" when it answers. */
public final class Main {
  private Main() {}

  public static void main(String[] words) throws Exception {
    AnnotationConfigApplicationContext beans = new AnnotationConfigApplicationContext();
    beans.setAllowCircularReferences(true); // HAPI's own configurations need it
    beans.register(Database.class, Storage.class);
    beans.refresh();
    Settings settings = beans.getBean(Settings.class);

    ServletContextHandler paths = new ServletContextHandler("/");
    paths.addServlet(new ServletHolder(fhir(beans, settings)), "/fhir/*");
    Server server = new Server(new InetSocketAddress("127.0.0.1", settings.port()));
    server.setHandler(paths);
    server.setStopAtShutdown(true);
    server.start();
    Runtime.getRuntime().addShutdownHook(new Thread(beans::close));
    System.out.println("ready " + settings.base());
    server.join();
  }

  private static RestfulServer fhir(AnnotationConfigApplicationContext beans, Settings settings) {
    FhirContext context = beans.getBean(FhirContext.class);
    context.setNarrativeGenerator(new NullNarrativeGenerator());
    RestfulServer server = new RestfulServer(context);
    server.registerProviders(beans.getBean(ResourceProviderFactory.class).createProviders());
    server.registerProvider(beans.getBean(IJpaSystemProvider.class));
    server.registerProvider(beans.getBean(BulkDataImportProvider.class));
    server.registerInterceptor(new UserRequestRetryVersionConflictsInterceptor());
    server.setPagingProvider(beans.getBean(DatabaseBackedPagingProvider.class));
    server.setServerAddressStrategy(new HardcodedServerAddressStrategy(settings.base()));
    server.setDefaultResponseEncoding(EncodingEnum.JSON);
    server.setServerConformanceProvider(
        new JpaCapabilityStatementProvider(
            server,
            beans.getBean(IFhirSystemDao.class),
            beans.getBean(JpaStorageSettings.class),
            beans.getBean(ISearchParamRegistry.class),
            beans.getBean(IValidationSupport.class)));
    return server;
  }
}
