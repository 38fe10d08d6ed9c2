import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Java's verdicts: one line a folder, "name<TAB>verdict". Each folder below the argument holds leaf.pem, chain.pem (may be
 * empty) and root.pem. The checks are those of a TLS client with an ECDHE suite (X509TrustManager over PKIX, which builds
 * the path as well). Host names are left out: they are not PKIX's business.
 */
public final class PkixVerify {
    public static void main(String[] arguments) throws Exception {
        try (Stream<Path> folders = Files.list(Path.of(arguments[0]))) {
            for (Path folder : folders.sorted().toList()) {
                System.out.println(folder.getFileName() + "\t" + verdict(folder).replaceAll("\\s+", " "));
            }
        }
    }

    private static String verdict(Path folder) {
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
            anchors.load(null, null);
            anchors.setCertificateEntry("root", read(factory, folder.resolve("root.pem")).get(0));
            TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
            managers.init(anchors);
            List<X509Certificate> given = new ArrayList<>(read(factory, folder.resolve("leaf.pem")));
            given.addAll(read(factory, folder.resolve("chain.pem")));
            X509TrustManager manager = (X509TrustManager) managers.getTrustManagers()[0];
            manager.checkServerTrusted(given.toArray(new X509Certificate[0]), "ECDHE_ECDSA");
            return "";
        } catch (Exception refusal) {
            Throwable cause = refusal;
            while (cause.getCause() != null) cause = cause.getCause();
            return cause.getClass().getSimpleName() + ": " + cause.getMessage();
        }
    }

    private static List<X509Certificate> read(CertificateFactory factory, Path file) throws Exception {
        List<X509Certificate> certificates = new ArrayList<>();
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length == 0) return certificates;
        for (var each : factory.generateCertificates(new ByteArrayInputStream(bytes))) certificates.add((X509Certificate) each);
        return certificates;
    }
}
