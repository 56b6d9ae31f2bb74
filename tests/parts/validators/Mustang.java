import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.mustangproject.validator.ZUGFeRDValidator;

/** Validates each file, a PDF or an XML, and writes the report beside it, as NAME.report.xml. */
public class Mustang {
    public static void main(String[] paths) throws Exception {
        for (String path : paths) {
            ZUGFeRDValidator validator = new ZUGFeRDValidator();
            validator.disableNotices();
            Files.write(Path.of(path + ".report.xml"), validator.validate(path).getBytes(StandardCharsets.UTF_8));
        }
    }
}
