#!/usr/bin/env perl
# Runs a PSGI application for Starlight, which owns the sockets and speaks HTTP. One process of this program, the zygote,
# never serves: it forks children on request, so that they share its memory. Each child connects to Starlight over a private
# Unix socket and answers one request at a time. Core modules and Plack only.
#
#   fd 3       control channel, lines of text: see "The zygote"
#   arguments  those of plackup
#
# A frame on a child's socket: u32 length of the payload, u8 type, u32 number of the request, payload. Integers are big-endian.
# docs/perl.md has the table.
package StarlightHost;
use strict;
use warnings;
use Cwd ();
use Errno ();
use File::Basename ();
use File::Spec ();
use IO::Handle ();
use IO::Socket::UNIX ();
use POSIX ();
use Scalar::Util ();
use Socket ();
use overload ();

BEGIN {
    my $parts = File::Basename::dirname(Cwd::abs_path(__FILE__)) . '/lib/Starlight/Host';
    require "$parts/$_.pm" for qw(Errors Input Name Shared);
}

use constant {
    LAST   => 1,    # no frame of this answer follows
    LEAVE  => 2,    # this child exits after this answer
    BUSY   => 4,    # the answer is complete, the child is not free before Z
    BROKEN => 8,    # the answer is not whole
};
use constant HEAD_BYTES  => 9;
use constant PIECE_BYTES => 262_144;
use constant READ_BYTES  => 65_536;
# Up to here a copy costs less than a second write.
use constant COPIED_BYTES => 16_384;
use constant FRAME_BYTES => 16 * 1024 * 1024;
use constant FIELDS_BYTES => 1024 * 1024;
# What the system keeps of an answer that Starlight has not read yet. By default a child and Starlight take turns for each 200 kB.
use constant SOCKET_BYTES => 1024 * 1024;

our %setting;      # of the first control line
our $control;
our $last_words = '';    # of Starlight
our $child_exit;   # called in a child that leaves, as Starlet's
our $app_file;     # absolute, as far as it is known
my $owner;         # pid of the process that has the control channel

sub main {
    $owner = $$;
    Starlight::Host::Errors::take_over();
    open $control, '+<&=', 3 or die "Cannot run: there is no control channel: $!\n";
    take_channel($control);
    close_inherited_sockets();
    read_settings();
    unless (eval { require Plack::Runner; require Plack::Util; 1 }) {
        report('N ' . escaped($@));
        POSIX::_exit(1);
    }
    $INC{'Plack/Handler/StarlightHost.pm'} = __FILE__;
    my $runner = StarlightHost::Runner->new(server => 'StarlightHost', env => 'deployment', loader => 'Delayed');
    unless (eval { $runner->parse_options(@ARGV); $runner->name_app; $runner->run; 1 }) {
        report('E 0 ' . escaped($@));
        POSIX::_exit(1);
    }
    exit 0;
}

sub read_settings {
    my $line = read_line();
    $last_words = unescaped($1) if $line =~ /^T (.+)/;
    die "Cannot run: there are no settings\n" unless $line =~ s/^C //;
    %setting = map { split /=/, $_, 2 } split /\t/, $line;
    Starlight::Host::Errors::set_style(@setting{qw(level format)});
}

# --- The zygote
#
# Told:  C key=value\t...  settings, once     F serial  fork a child     K signal pid  pass a signal on     Q  end
#        S  requests are answered from now on
#        L path  standard error goes to this file from now on     T text  why Starlight ends, in its own words
# Tells: R pid  ready to fork     B pid serial  born     D pid status  reaped     X text  the fork failed
#        E serial text  the application does not load (serial 0: in the zygote)     N text  Plack is missing
# The end of the channel means that Starlight is gone: children are stopped, none is left behind.

our $reap_others;  # in a process that has children of its own
my %born;          # pid => serial, of children that are not reaped
my $builder;
my $app;

# `told` and `reap` are for Starlight::Server, which forks children in a process that has more to do: called when requests are
# answered, and when a process has ended that may be none of ours.
sub run_zygote {
    ($app, $builder, my %calls) = @_;
    # A copy that the application forked while it was loaded, and let return.
    POSIX::_exit(0) if defined $owner && $owner != $$;
    unless ($builder) {
        check_app($app);
        # Of another program's process nobody knows what was open before.
        Starlight::Host::Shared::tell(the_app(), defined $owner ? 4 : undef);
    }
    pipe my $woken, my $waker or die "Cannot make a pipe: $!\n";
    $_->blocking(0) for $woken, $waker;
    local $SIG{CHLD} = sub { syswrite $waker, '.' };
    # Only Starlight decides when it is over; a terminal's signals are meant for it.
    local @SIG{qw(INT HUP USR1 USR2 TERM QUIT)} = ($calls{signal} || sub { }) x 6;
    local @SIG{qw(TTIN TTOU)} = ($calls{signal}) x 2 if $calls{signal};
    local $SIG{PIPE} = sub { };
    local $reap_others = $calls{reap};
    report("R $$");
    my $is_told = 0;
    while (1) {
        my $line = buffered_line();
        if (!defined $line) {
            my $ready = '';
            vec($ready, fileno $_, 1) = 1 for $control, $woken;
            my $count = select $ready, undef, undef, undef;
            next if $count <= 0 && $!{EINTR};
            if (vec $ready, fileno $woken, 1) {
                sysread $woken, my $dots, 512;
                reap();
            }
            next unless vec $ready, fileno $control, 1;
            last unless fill();
            next;
        }
        if    ($line =~ /^F (\d+)/)         { start_child($1, $woken, $waker) }
        elsif ($line =~ /^K (\w+) (\d+)/)   { kill $1, $2 if $born{$2} }
        elsif ($line =~ /^S/)               { $calls{told}->() if $calls{told} }
        elsif ($line =~ /^T (.+)/)          { $last_words = unescaped($1) }
        elsif ($line =~ /^L (.+)/)          { Starlight::Host::Errors::reopen($1) }
        elsif ($line =~ /^Q/)               { $is_told = 1; last }
    }
    end_children();
    remove_socket() unless $is_told;
}

# What a file gives that has forgotten its last line is a number as a rule.
sub check_app {
    my ($app) = @_;
    my $is_app = ref $app && (Scalar::Util::reftype($app) eq 'CODE' || (Scalar::Util::blessed($app) && overload::Method($app, '&{}')));
    return if $is_app;
    die 'The application is ' . (defined $app ? "\"$app\"" : 'undef') . ", a code reference is needed\n";
}

sub reap {
    if ($reap_others) {
        # No others: whoever has started them wants to hear of them. Gone without a trace is what a handler of theirs has reaped.
        for my $pid (keys %born) {
            my $found = waitpid $pid, POSIX::WNOHANG() or next;
            delete $born{$pid};
            report("D $pid " . ($found > 0 ? $? : 0));
        }
        return $reap_others->();
    }
    while ((my $pid = waitpid -1, POSIX::WNOHANG()) > 0) {
        # Others are processes that the application left behind while it was loaded.
        report("D $pid $?") if delete $born{$pid};
    }
}

sub start_child {
    my ($serial, @own) = @_;
    my $pid = fork;
    return report('X ' . escaped("$!")) unless defined $pid;
    if ($pid) {
        $born{$pid} = $serial;
        return report("B $pid $serial");
    }
    %born = ();
    close $_ for @own;
    $SIG{$_} = 'DEFAULT' for qw(CHLD INT HUP USR1 USR2 QUIT TTIN TTOU);
    my $status = eval { my $child = StarlightHost::Child->new($serial, $app, $builder); $child->serve; $child->leave; 0 };
    if (!defined $status) {
        Starlight::Host::Errors::entry(error => "The Perl child $$ has failed: $@");
        $status = 1;
    }
    exit $status;
}

sub end_children {
    kill TERM => keys %born;
    my $deadline = time + ($setting{grace} || 0);
    while (%born) {
        reap();
        last unless %born;
        kill KILL => keys %born if time >= $deadline;
        select undef, undef, undef, 0.02;
    }
}

# Starlight was killed and could not tidy up.
sub remove_socket {
    unlink $setting{sock};
    rmdir $setting{sock} =~ s{/[^/]+\z}{}r;
}

# --- The control channel

my $control_text = '';

sub take_channel {
    $control = shift;
    $control_text = '';
    $control->autoflush(1);
    binmode $control;
    # The application's own programs must not hold the channel open.
    close_on_exec($control);
}

sub report { syswrite $control, "$_[0]\n" }

sub buffered_line { $control_text =~ s/^(.*)\n// ? $1 : undef }

sub fill {
    while (1) {
        my $count = sysread $control, $control_text, 4096, length $control_text;
        return $count if defined $count;
        return 0 unless $!{EINTR};
    }
}

sub read_line {
    while (1) {
        my $line = buffered_line();
        return $line if defined $line;
        fill() or die "Cannot run: the control channel ended\n";
    }
}

sub unescaped { return $_[0] =~ s/%([0-9a-f]{2})/chr hex $1/ger }

# A text of several lines as one, of a length that one write takes.
sub escaped {
    my $text = substr $_[0], 0, 3000;
    utf8::encode($text) if utf8::is_utf8($text);
    $text =~ s/([\x00-\x1f%\x7f])/sprintf '%%%02x', ord $1/ge;
    return $text;
}

# Starlight's listening sockets came with the process. Neither the application nor what it starts may keep a port open.
sub close_inherited_sockets {
    for my $fd (4 .. 255) {
        my $mode = (POSIX::fstat($fd))[2];
        POSIX::close($fd) if defined $mode && ($mode & 0170000) == 0140000;
    }
}

# The application's file by what Perl has loaded, where nobody has said it (plackup).
sub loaded_app_file {
    my @files = map { File::Spec->rel2abs($INC{$_}) } grep {/\.psgi\z/} keys %INC;
    return @files == 1 ? $files[0] : undef;
}

# "The application /srv/app.psgi"
sub the_app { return join ' ', 'The application', defined $app_file ? $app_file : () }

sub close_on_exec {
    my ($handle) = @_;
    require Fcntl;
    fcntl $handle, Fcntl::F_SETFD(), Fcntl::FD_CLOEXEC();
}

# --- What plackup's runner does differently here

package StarlightHost::Runner;
our @ISA = ('Plack::Runner');

sub name_app {
    my ($self) = @_;
    return if $self->{eval} && !@{ $self->{argv} };
    my $app = $self->{app} || $self->{argv}[0] || 'app.psgi';
    # As Plack has it: a name without a dot is a module.
    $StarlightHost::app_file = File::Spec->rel2abs($app) unless $app =~ /^[a-zA-Z0-9_:]+$/;
}

# The access log is Starlight's, which knows also what the application does not see.
sub prepare_devel {
    my ($self, $builder) = @_;
    return $builder unless $self->{default_middleware};
    return $self->apply_middleware($self->apply_middleware($builder, 'Lint'), 'StackTrace');
}

# --- The handler that the runner finds

package Plack::Handler::StarlightHost;

sub new {
    my ($class, %options) = @_;
    return bless {%options}, $class;
}

sub register_service { $_[0]{app} = $_[1] }

# `psgi_app_builder` is left by the loader Delayed: the application is loaded in each child, after the fork.
sub run {
    my ($self, $app) = @_;
    Starlight::Host::Name::title('starlight perl zygote');
    StarlightHost::run_zygote($self->{psgi_app_builder} ? undef : $app, $self->{psgi_app_builder});
}

# --- A child

package StarlightHost::Child;

my %is_final = map { $_ => 1 } 200 .. 599;    # statuses of answers
my $empty;    # the input of requests without a body
my %shared;   # what every env has
my @at_end;   # what is to be done when this child has answered its last request

sub new {
    my ($class, $serial, $app, $builder) = @_;
    my $name = $0;
    Starlight::Host::Name::title('starlight perl child');
    Starlight::Host::Errors::take_over();
    srand;
    my $self = bless { pid => $$, text => '', request => 0, requests => 0, state => 'done' }, $class;
    $SIG{TERM} = sub { $self->{is_leaving} = 1 };
    # Not 'IGNORE', which programs that the application starts would inherit.
    $SIG{PIPE} = sub { };
    if ($builder && !eval { StarlightHost::check_app($app = $builder->()); 1 }) {
        $self->leave_copy;
        StarlightHost::report("E $serial " . StarlightHost::escaped($@));
        POSIX::_exit(1);
    }
    $self->leave_copy;
    my $file = $StarlightHost::app_file ||= StarlightHost::loaded_app_file();
    Starlight::Host::Name::name(defined $file ? $file : $name);
    close $StarlightHost::control;
    $self->{app} = $app;
    my ($max, $min) = @setting{qw(max min)};
    $self->{budget} = $max ? $max - int(($max - ($min || $max) + 1) * rand) : 0;
    unless ($self->{socket} = IO::Socket::UNIX->new(Peer => $setting{sock})) {
        # It has ended meanwhile, as it does at each stop and reload: there is nobody to serve, and nothing to complain of.
        exit 0 if $!{ECONNREFUSED} || $!{ENOENT} || $!{ECONNRESET};
        die "Cannot reach Starlight: $!\n";
    }
    binmode $self->{socket};
    $self->{socket}->sockopt(Socket::SO_SNDBUF(), StarlightHost::SOCKET_BYTES());
    StarlightHost::close_on_exec($self->{socket});
    %shared = $self->shared_env;
    $self->send_frame('H', pack 'N a*', $$, $setting{token});
    return $self;
}

our %setting;
*setting = \%StarlightHost::setting;

sub shared_env {
    return (
        SCRIPT_NAME            => '',
        'psgi.version'         => [1, 1],
        'psgi.errors'          => *STDERR,
        'psgi.multithread'     => !!0,
        'psgi.multiprocess'    => !!1,
        'psgi.run_once'        => !!0,
        'psgi.nonblocking'     => !!0,
        'psgi.streaming'       => !!1,
        'psgix.input.buffered' => !!1,
        'psgix.harakiri'       => !!1,
        'psgix.cleanup'        => !!1,
        'psgix.logger'         => \&log_message,
        'psgix.starlight.shutdown.handlers' => \@at_end,
    );
}

sub log_message {
    my ($given) = @_;
    my ($level) = (defined $given->{level} ? $given->{level} : '') =~ /\A([a-z]{1,9})\z/;
    Starlight::Host::Errors::entry(defined $level ? $level : 'info', $given->{message});
}

# END blocks of an application that is preloaded are the zygote's, too: this is of children alone.
sub leave {
    my ($self) = @_;
    for my $handler (@at_end, $StarlightHost::child_exit || ()) {
        eval { $handler->(); 1 } or Starlight::Host::Errors::entry(error => "The application failed at the end of the Perl child $$: $@");
        $self->leave_copy;
    }
}

# Until the socket ends, or Starlight has been told that this child leaves.
sub serve {
    my ($self) = @_;
    until ($self->{has_told}) {
        my ($type, $payload, $request) = $self->next_frame or last;
        # What else comes is late.
        next unless $type eq 'Q';
        $self->{request} = $request;
        $self->answer($payload);
    }
    close $self->{socket};
}

sub answer {
    my ($self, $payload) = @_;
    my ($mode, $length) = unpack 'C N', $$payload;
    my %env = (%shared, $mode == 0 ? unpack 'x5(N/a)*', $$payload : unpack '(N/a)*', substr $$payload, 5, $length);
    $self->{requests}++;
    @$self{qw(state is_gone is_inside is_busy)} = ('owed', 0, 0, 0);
    $self->{env} = \%env;
    $env{'psgix.cleanup.handlers'} = [];
    my $request = $self->{request};
    # Whoever keeps these for longer must not say anything about another request.
    $env{'psgix.informational'} = sub { $self->inform($request, @_) };
    # The client left before its body was here.
    $env{'psgi.input'} = $self->input($mode, $length, $payload) or return $self->send_frame('Z', "\0");
    $env{'psgix.input.buffered'} = !!0 if $mode == 4;
    if ($mode == 5) { $env{'psgix.io'} = $self->tunnel or return $self->send_frame('Z', "\0") }

    # $$ is a system call. A plain answer is checked where it is sent, and once.
    my $is_plain;
    my $is_done = eval {
        my $response = $self->{app}->(\%env);
        $is_plain = ref $response eq 'ARRAY' && ref $response->[2] eq 'ARRAY';
        $self->leave_copy if !$is_plain && $$ != $self->{pid};
        ref $response eq 'ARRAY' ? $self->send_whole($response) : $self->respond_by($response);
        1;
    };
    $self->leave_copy($is_done || $is_plain ? undef : $@) if !($is_done && $is_plain) && $$ != $self->{pid};
    $self->fail($@) unless $is_done;
    $self->end_silence($mode == 5) if $self->{state} ne 'done';
    $self->conclude;
}

# One that has the client's socket may well have said all there. If not, the client is owed this.
sub end_silence {
    my ($self, $has_socket) = @_;
    return $self->fail('The application has not answered') unless $has_socket && $self->{state} eq 'owed';
    $self->begin([500, ['Content-Type' => 'text/plain']], 'Internal Server Error', $self->last_flags);
}

# A copy that the application forked and let return here must not answer too. END blocks and destructors are the child's.
sub leave_copy {
    my ($self, $cause) = @_;
    return if $$ == $self->{pid};
    $self->complain($cause) if defined $cause;
    POSIX::_exit(defined $cause ? 255 : 0);
}

# Dies in a copy, and for a request that is over: what it says would come to the client of another one.
sub check_turn {
    my ($self, $request) = @_;
    die "Cannot answer: process $$ was forked by $self->{pid}, which has the client\n" if $$ != $self->{pid};
    die "Cannot answer: the request is over\n" if $request != $self->{request};
}

sub input {
    my ($self, $mode, $length, $payload) = @_;
    return $self->input_file if $mode == 3;
    if ($mode == 4) {
        my $request = $self->{request};
        return Starlight::Host::Input->new(sub { $self->next_piece($request) });
    }
    if ($mode == 1) {
        substr $$payload, 0, 5 + $length, '';
        open my $input, '<:raw', $payload or die "Cannot open the input: $!\n";
        return $input;
    }
    # One for all: nothing in it can move. An application may have closed it, opened it as something else, or put something back.
    unless ($empty && eval { fileno $empty == -1 && eof $empty }) {
        my $nothing = '';
        open $empty, '<:raw', \$nothing or die "Cannot open the input: $!\n";
    }
    return $empty;
}

# A large body follows in frames. It goes to a file without a name, which the application can read and seek.
sub input_file {
    my ($self) = @_;
    open my $file, '+>:raw', undef or die "Cannot keep the request body: $!\n";
    while (my ($type, $payload) = $self->next_frame) {
        if ($type eq 'E') {
            seek $file, 0, 0;
            return $file;
        }
        return if $type eq 'X';
        print {$file} $$payload or die "Cannot keep the request body: $!\n";
    }
    return;
}

# The next piece of a body that comes as it is read; nothing at its end; dies when the client has gone.
sub next_piece {
    my ($self, $request) = @_;
    $self->check_turn($request);
    # What has not been read by then is let go of.
    die "Cannot read: the request is answered\n" if $self->{state} eq 'done';
    $self->send_frame('W', '') unless $self->{is_gone};
    while (!$self->{is_gone}) {
        my ($type, $payload) = $self->next_frame or last;
        return $$payload if $type eq 'D';
        return          if $type eq 'E';
        $self->{is_gone} = 1 if $type eq 'X';
    }
    die bless {}, 'StarlightHost::Gone';
}

# A second connection, which Starlight makes one with the client's when the application writes to it.
sub tunnel {
    my ($self) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => $setting{sock}) or return;
    binmode $socket;
    StarlightHost::close_on_exec($socket);
    my $hello = pack 'N a1 N N a*', 4 + length $setting{token}, 'U', $self->{request}, $$, $setting{token};
    syswrite($socket, $hello) == length $hello or return;
    while (my ($type, $payload) = $self->next_frame) {
        return $socket if $type eq 'U';
        return         if $type eq 'X';
    }
    return;
}

# --- Answers

# An answer that is no array: a function that gives it.
sub respond_by {
    my ($self, $response) = @_;
    if (Scalar::Util::reftype($response) && Scalar::Util::reftype($response) eq 'CODE') {
        $self->{is_inside} = 1;
        my $request = $self->{request};
        $response->(sub { $self->respond_later($request, @_) });
        $self->{is_inside} = 0;
        $self->leave_copy;
        die "The application has ended its answer without closing the writer\n" if $self->{state} eq 'body';
    }
    else {
        die StarlightHost::the_app() . ' gave ' . told($response)
            . ": PSGI wants [status, [name => value, ...], body], or a code reference that is given a responder\n";
    }
}

sub respond_later {
    my ($self, $request, $response) = @_;
    $self->check_turn($request);
    die "The application has answered already\n" if $self->{state} ne 'owed';
    die StarlightHost::the_app() . ' gave ' . told($response) . ": PSGI wants [status, [name => value, ...], body]\n"
        unless ref $response eq 'ARRAY';
    if (@$response > 2) {
        $self->send_whole($response);
        return;
    }
    $self->begin($response, '', 0);
    return bless { child => $self, request => $request }, 'StarlightHost::Writer';
}

sub send_whole {
    my ($self, $response) = @_;
    my $body = $response->[2];
    if (ref $body eq 'ARRAY') {
        my $text = $body->[0];
        if (@$body == 1) { check_text($text, 'a piece of its body') if ref $text }
        else {
            check_text($_, 'a piece of its body') for grep {ref} @$body;
            $text = join '', map { defined $_ ? $_ : '' } @$body;
        }
        $text = '' unless defined $text;
        return $self->begin($response, $text, $self->last_flags) if length $text <= StarlightHost::PIECE_BYTES();
        bytes_only($text);
        $self->begin(with_length($response, length $text), '', 0);
        $self->send_body($text);
        return $self->end_answer;
    }
    die StarlightHost::the_app() . ' gave ' . (@$response > 2 ? told($body) : 'nothing')
        . " for a body: PSGI wants [status, [name => value, ...], body], the body being an array of strings or an object with getline and close\n"
        unless Scalar::Util::blessed($body) || ref $body eq 'GLOB' || ref \$body eq 'GLOB';
    # A path serves middleware; the bytes are ours to send all the same.
    my $is_file = Plack::Util::is_real_fh($body);
    local $/ = $is_file ? \(StarlightHost::READ_BYTES()) : $/;
    my $first = $body->getline;
    if ($is_file && (!defined $first || length $first < StarlightHost::READ_BYTES())) {
        $first = '' unless defined $first;
        $body->close;
        return $self->begin($response, $first, $self->last_flags);
    }
    $self->begin($response, '', 0);
    for (my $piece = $first; defined $piece; $piece = $body->getline) {
        bytes_only($piece);
        $self->send_body($piece) if length $piece;
        last if $self->{is_gone};
    }
    $body->close;
    $self->end_answer;
}

# The response with the length of its body, where nothing in it says how long that is.
sub with_length {
    my ($response, $length) = @_;
    my ($status, $headers) = @$response;
    return $response if ref $headers ne 'ARRAY' || Plack::Util::status_with_no_entity_body($status);
    return $response if grep { Plack::Util::header_exists($headers, $_) } qw(Content-Length Transfer-Encoding);
    return [$status, [@$headers, 'Content-Length', $length]];
}

sub begin {
    my ($self, $response, $text, $flags) = @_;
    my ($status, $headers) = @$response;
    # A header of undef is empty.
    no warnings 'uninitialized';
    $is_final{$status} or die StarlightHost::the_app() . ' gave the status ' . told($status) . ": an integer from 200 to 599 is needed\n";
    ref $headers eq 'ARRAY' && @$headers % 2 == 0
        or die StarlightHost::the_app() . ' gave ' . told($headers) . " for headers: PSGI wants [name => value, ...]\n";
    my $fields = pack '(N/a)*', @$headers;
    # What a reference looks like as a text; an object may well be one.
    check_text($_, 'a header') for index($fields, '(0x') < 0 ? () : @$headers;
    length $fields <= StarlightHost::FIELDS_BYTES() or die StarlightHost::the_app() . ' gave ' . length($fields) . " bytes of headers\n";
    my $frame = pack('N a1 N n C N', 7 + length($fields) + length $text, 'R', $self->{request}, $status, $flags, length $fields) . $fields . $text;
    bytes_only($frame);
    $self->{state} = $flags & StarlightHost::LAST() ? 'done' : 'body';
    $self->send_bytes($frame);
}

# Large texts out of themselves: a copy of each piece would be memory that the system has to give and clear.
sub send_body {
    my ($self) = @_;
    if (ref $_[1]) {
        check_text($_[1], 'a piece of its body');
        return $self->send_body("$_[1]");
    }
    for (my $at = 0; $at < length $_[1]; ) {
        $self->look_for_abort;
        return if $self->{is_gone};
        return $self->send_frame('D', $_[1]) if length $_[1] <= StarlightHost::COPIED_BYTES();
        my $end = $at + StarlightHost::PIECE_BYTES();
        $end = length $_[1] if $end > length $_[1];
        $self->send_bytes(pack 'N a1 N', $end - $at, 'D', $self->{request});
        $self->send_bytes($_[1], $at, $end);
        $at = $end;
    }
}

sub end_answer {
    my ($self) = @_;
    my $flags = $self->last_flags;
    $self->{state} = 'done';
    $self->send_frame('E', chr $flags);
}

# What the end of an answer says about this child: with BUSY, Z will say the rest.
sub last_flags {
    my ($self) = @_;
    my $env = $self->{env};
    my $is_spent = $self->{budget} && $self->{requests} >= $self->{budget};
    $self->{is_leaving} = 1 if $is_spent || $env->{'psgix.harakiri.commit'};
    my $handlers = $env->{'psgix.cleanup.handlers'};
    $self->{is_busy} = $self->{is_inside} || (ref $handlers eq 'ARRAY' && @$handlers);
    return StarlightHost::LAST() | StarlightHost::BUSY() if $self->{is_busy};
    return $self->{is_leaving} ? StarlightHost::LAST() | $self->leave_flag : StarlightHost::LAST();
}

sub leave_flag {
    my ($self) = @_;
    return 0 unless $self->{is_leaving};
    $self->{has_told} = 1;
    return StarlightHost::LEAVE();
}

sub inform {
    my ($self, $request, $status, $headers) = @_;
    $self->check_turn($request);
    return if $self->{state} ne 'owed';
    die 'Cannot send an interim answer: ' . told($status) . " is not a status from 100 to 199 other than 101\n"
        unless defined $status && $status =~ /\A1(?!01)[0-9]{2}\z/;
    my $packed = pack '(N/a)*', map { bytes_only(my $text = "$_"); $text } @$headers;
    $self->send_frame('I', pack('n C N', $status, 0, length $packed) . $packed);
}

sub fail {
    my ($self, $cause) = @_;
    # The client left in the middle of a stream: nobody is there to be told.
    my $is_gone = Scalar::Util::blessed($cause) && $cause->isa('StarlightHost::Gone');
    $self->complain($cause) unless $is_gone;
    return if $self->{state} eq 'done';
    if ($self->{state} eq 'owed') {
        $self->begin([500, ['Content-Type' => 'text/plain']], 'Internal Server Error', $self->last_flags);
        return;
    }
    my $flags = $self->last_flags;
    $self->{state} = 'done';
    $self->send_frame('E', chr($flags | StarlightHost::BROKEN()));
}

# Which request it was is what whoever reads the log wants to know.
sub complain {
    my ($self, $cause, $env) = @_;
    $env ||= $self->{env};
    Starlight::Host::Errors::entry(error => "The application failed on $env->{REQUEST_METHOD} $env->{REQUEST_URI}: $cause");
}

sub conclude {
    my ($self) = @_;
    my $env = $self->{env};
    $self->{env} = undef;
    Starlight::Host::Errors::look() if $Starlight::Host::Errors::needs_look;
    return unless $self->{is_busy};
    my $handlers = $env->{'psgix.cleanup.handlers'};
    for my $handler (ref $handlers eq 'ARRAY' ? @$handlers : ()) {
        eval { $handler->($env); 1 } or $self->complain($@, $env);
        $self->leave_copy;
    }
    $self->{is_leaving} = 1 if $env->{'psgix.harakiri.commit'};
    $self->send_frame('Z', chr $self->leave_flag);
}

# A value in a message; only its beginning.
sub told {
    my ($value) = @_;
    return 'undef' unless defined $value;
    my $text = substr "$value", 0, 100;
    return ref $value ? $text : "\"$text\"";
}

# References have an address for a text, which nobody wants to send; objects may have one of their own.
sub check_text {
    my ($value, $what) = @_;
    return if !ref $value || (Scalar::Util::blessed($value) && overload::Method($value, '""'));
    die StarlightHost::the_app() . ' gave ' . told($value) . " for $what: a string is needed\n";
}

# PSGI bodies and headers are bytes. A string that Perl keeps as UTF-8 is one as long as every character fits.
sub bytes_only {
    utf8::downgrade($_[0], 1) or die "Wide character in the response: bytes are needed\n";
}

# --- Frames

sub send_frame {
    my ($self, $type, $payload) = @_;
    # To leave, or to say hello, is about no request.
    my $request = $type eq 'L' ? 0 : $self->{request};
    $self->send_bytes(pack('N a1 N', length $payload, $type, $request) . $payload);
}

# The bytes of a text from one place to another; all of it without them.
sub send_bytes {
    my ($self, undef, $at, $end) = @_;
    $at ||= 0;
    $end = length $_[1] unless defined $end;
    while ($at < $end) {
        $self->check_turn($self->{request}) if $$ != $self->{pid};
        my $count = syswrite $self->{socket}, $_[1], $end - $at, $at;
        if (defined $count) { $at += $count }
        elsif (!$!{EINTR})  { POSIX::_exit(1) }
    }
}

# The next frame about the present request, or with a new one; its payload by reference. Nothing at the end of the socket, or
# when it is time to leave.
sub next_frame {
    my ($self) = @_;
    while (1) {
        my $missing = 0;
        if (length $self->{text} >= StarlightHost::HEAD_BYTES()) {
            my ($length, $type, $request) = unpack 'N a1 N', $self->{text};
            die "A frame of $length bytes is too long\n" if $length > StarlightHost::FRAME_BYTES();
            $missing = StarlightHost::HEAD_BYTES() + $length - length $self->{text};
            if ($missing <= 0) {
                my $payload = $self->taken($length);
                return ($type, $payload, $request) if $request == $self->{request} || $type eq 'Q';
                Starlight::Host::Errors::reopen($$payload) if $type eq 'L';
                next;
            }
        }
        $self->leave_copy if $$ != $self->{pid};
        # TERM: a request may be on its way already, so Starlight has to end the socket.
        $self->send_frame('L', '') if $self->{is_leaving} && !$self->{has_asked}++;
        # Linux wakes a reader that sleeps in read whenever the other side reads; one in select it lets sleep.
        my $ready = '';
        vec($ready, fileno $self->{socket}, 1) = 1;
        next if (select $ready, undef, undef, undef) < 0;
        $self->receive($missing) or return;
    }
}

# A payload of the text. A large one that is all there is keeps the text's memory: to copy it costs more than to read it.
sub taken {
    my ($self, $length) = @_;
    my $head = StarlightHost::HEAD_BYTES();
    if ($length < StarlightHost::COPIED_BYTES() || length $self->{text} > $head + $length) {
        my $payload = substr $self->{text}, $head, $length;
        substr $self->{text}, 0, $head + $length, '';
        return \$payload;
    }
    my $payload = \delete $self->{text};
    $self->{text} = '';
    substr $$payload, 0, $head, '';
    return $payload;
}

sub receive {
    my ($self, $missing) = @_;
    my $size = $missing && $missing > StarlightHost::READ_BYTES() ? $missing : StarlightHost::READ_BYTES();
    while (1) {
        my $count = sysread $self->{socket}, $self->{text}, $size, length $self->{text};
        return $count if defined $count;
        return 0 unless $!{EINTR};
    }
}

# Looks whether the client has left, without waiting.
sub look_for_abort {
    my ($self) = @_;
    my $ready = '';
    vec($ready, fileno $self->{socket}, 1) = 1;
    return unless select($ready, undef, undef, 0) > 0;
    $self->receive or return $self->{is_gone} = $self->{is_leaving} = 1;
    while (length $self->{text} >= StarlightHost::HEAD_BYTES()) {
        my ($length, $type, $request) = unpack 'N a1 N', $self->{text};
        last if $type eq 'Q' || length $self->{text} < StarlightHost::HEAD_BYTES() + $length;
        my $payload = $self->taken($length);
        $self->{is_gone} = 1 if $type eq 'X' && $request == $self->{request};
        Starlight::Host::Errors::reopen($$payload) if $type eq 'L';
    }
}

# --- The writer of a streamed answer

package StarlightHost::Writer;

sub write {
    my ($self, $text) = @_;
    my $child = $self->{child};
    $child->check_turn($self->{request});
    die "Cannot write: the writer is closed\n" if $self->{is_closed} || $child->{state} ne 'body';
    return unless defined $text && length $text;
    StarlightHost::Child::bytes_only($text);
    $child->send_body($text);
    die bless {}, 'StarlightHost::Gone' if $child->{is_gone};
    return length $text;
}

sub close {
    my ($self) = @_;
    return if $self->{is_closed}++;
    # A copy, or one that outlived its request, must not end the answer of another.
    my $child = $self->{child};
    $child->end_answer if $$ == $child->{pid} && $self->{request} == $child->{request} && $child->{state} eq 'body';
}

package StarlightHost::Gone;
use overload '""' => sub { "The client has gone\n" }, fallback => 1;

package StarlightHost;
main() unless caller;
1;
