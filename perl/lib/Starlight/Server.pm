package Starlight::Server;

# Serves a PSGI application that is in this process already: plackup -s Starlight, tests, programs that make their own app.
# This process is the parent. It starts Starlight, which speaks HTTP, and forks the children that answer.
#
#   Starlight::Server->new(port => 5000, max_workers => 10)->run($app);
#
# The arguments are those of Perl Starlight 0.0503. STARLIGHT_NODE names the Node program; default: node of the PATH.
use strict;
use warnings;
use Carp ();
use Config ();
use Cwd ();
use Fcntl ();
use File::Basename ();
use IO::Handle ();
use Plack::Util ();
use POSIX ();
use Socket ();

my ($here, $root);

BEGIN {
    $here = File::Basename::dirname(Cwd::abs_path(__FILE__));
    $root = "$here/../../..";
    # Those beside this file, whatever else the path has.
    local @INC = (File::Basename::dirname($here), @INC);
    require Starlight::Fronts;
    require Starlight::Host::Zygote;
}

# Argument => option. Values are passed on as they are.
my %option = (
    map({ $_ => tr/_/-/r }
        qw(host port socket timeout keepalive_timeout max_keepalive_reqs min_reqs_per_child spawn_interval main_process_delay),
        qw(ssl_key_file ssl_cert_file ssl_ca_file ssl_client_ca_file ssl_verify_mode user group umask pid error_log path_info)),
    max_workers        => 'workers',
    workers            => 'workers',
    max_reqs_per_child => 'max-reqs-per-child',
    server_software    => 'server-header',
    front_workers      => 'front-workers',
);
delete $option{path_info};
my %switch = map { $_ => 1 } qw(ssl ipv6 quiet);
# Others give these to every server, or the ancestor took them and did nothing.
my %silent = map { $_ => 1 } qw(
    listen listen_sock daemonize server_ready child_exit argv env err_respawn_interval psgi_app_builder server_port server_name interval
);

sub new {
    my ($class, %args) = @_;
    for my $name (sort keys %args) {
        next if $option{$name} || $switch{$name} || $silent{$name};
        Carp::carp("Starlight knows no argument \"$name\", it is ignored");
    }
    my $self = bless {%args}, $class;
    my $code = $self->{child_exit};
    # As a command line has it.
    $code = eval $code if defined $code && !ref $code;
    Carp::croak('child_exit is no code' . ($@ ? ": $@" : '')) if defined $self->{child_exit} && ref $code ne 'CODE';
    $self->{child_exit} = $code;
    $self->{given} = [given_sockets($self->{listen_sock})];
    return $self;
}

# For Plack::Loader, which sets what it knows about the application.
sub psgi_app_builder { $_[0]{psgi_app_builder} = $_[1] if @_ > 1; $_[0]{psgi_app_builder} }

# Serves until told to stop. Dies when Starlight cannot start or has failed.
sub run {
    my ($self, $app) = @_;
    my $told = $self->{daemonize} ? daemonize($self->{error_log}) : sub { };
    socketpair my $control, my $other, Socket::AF_UNIX(), Socket::SOCK_STREAM(), Socket::PF_UNSPEC()
        or die "Cannot make a control channel: $!\n";
    # How Starlight ends is not for the program around this; how that one's own children end is.
    my $handler = $SIG{CHLD};
    local $SIG{CHLD} = 'DEFAULT';
    my $errors = defined $self->{error_log} ? POSIX::dup(2) : undef;
    $self->{fronts} = Starlight::Fronts->new(ids_of(@$self{qw(user group)})) if ($self->{front_workers} || 0) > 1;
    my $pid = $self->start($control, $other);
    close $other;
    my $is_done = eval { $self->look_after($app, $pid, $control, $told, $handler); 1 };
    my ($status, $problem) = ($self->{status}, $@);
    # What is said from here on is for whoever has called this.
    if (defined $errors) {
        POSIX::dup2($errors, 2) unless $self->{daemonize};
        POSIX::close($errors);
    }
    delete $self->{fronts};
    die $problem unless $is_done;
    die 'Starlight ' . ended($status, $self->{last_words}) . "\n" if $status;
}

# Completes "Starlight ...".
sub ended {
    my ($status, $words) = @_;
    return 'has ended, and a SIGCHLD handler of this program has taken the reason' if $status < 0;
    $words = length $words ? ": $words" : '';
    my $signal = $status & 127 or return 'ended with code ' . ($status >> 8) . $words;
    return 'was killed by SIG' . (split ' ', $Config::Config{sig_name})[$signal] . $words;
}

sub start {
    my ($self, $control, $other) = @_;
    # Not one of those that we were given: Server::Starter's begin with 3.
    my $fd = fcntl $other, Fcntl::F_DUPFD(), 3 or die "Cannot make a control channel: $!\n";
    my @command = ($ENV{STARLIGHT_NODE} || 'node', "$root/bin/starlight.js", "--zygote-fd=$fd", $self->arguments);
    my $parent = $$;
    my $pid = fork;
    die "Cannot start Starlight: $!\n" unless defined $pid;
    if ($pid) {
        POSIX::close($fd);
        delete $self->{given};
        return $pid;
    }
    close $_ for $control, $other;
    # Names of this kind are options there.
    delete $ENV{STARLIGHT_NODE};
    my @given = @{ $self->{given} } ? @{ $self->{given} } : given_sockets();
    $ENV{SERVER_STARTER_PORT} = join ';', map { "$_->[0]=" . fileno $_->[1] } @given if @given;
    fcntl $_->[1], Fcntl::F_SETFD(), 0 for @given;
    $ENV{LISTEN_PID} = $$ if ($ENV{LISTEN_PID} || '') eq $parent;
    setpgrp;    # ^C is meant for the parent, which passes it on
    exec { $command[0] } @command or do {
        syswrite STDERR, "Cannot start \"$command[0]\": $!, Node 20.19 is needed (or name it in STARLIGHT_NODE)\n";
        POSIX::_exit(127);
    };
}

# Sockets that are there already go to Starlight as those of Server::Starter. Copies: they close on exec until then, and
# whoever made them may let go of them before `run`, as with Starlet.
sub given_sockets {
    my ($listen_sock) = @_;
    my @sockets = $listen_sock ? ref $listen_sock eq 'ARRAY' ? @$listen_sock : $listen_sock : ();
    my @given = map { [name_of($_), $_] } @sockets;
    @given = map { /\A(.*)=(\d+)\z/s ? [$1, $2] : return } split /;/, $ENV{SERVER_STARTER_PORT} || '' unless @given;
    for my $each (@given) {
        # Starlight says what is wrong with it.
        open my $copy, '+<&', $each->[1] or return;
        $each->[1] = $copy;
    }
    return @given;
}

sub name_of {
    my ($socket) = @_;
    my $address = getsockname $socket or die "Cannot serve listen_sock: $!\n";
    return (Socket::unpack_sockaddr_un($address))[0] if Socket::sockaddr_family($address) == Socket::AF_UNIX();
    my ($problem, $host, $port) = Socket::getnameinfo($address, Socket::NI_NUMERICHOST() | Socket::NI_NUMERICSERV());
    die "Cannot serve listen_sock: $problem\n" if $problem;
    return $host =~ /:/ ? "[$host]:$port" : "$host:$port";
}

sub arguments {
    my ($self) = @_;
    my %given = %$self;
    my @listen = ref $given{listen} eq 'ARRAY' ? @{ $given{listen} } : ();
    # What plackup wraps around the application in development is around it already.
    my @arguments = ('--interface=perl', '--no-default-middleware');
    push @arguments, '--zygote-socket=' . $self->{fronts}->path if $self->{fronts};
    if ($given{listen_sock}) { delete @given{qw(host port socket)} }
    elsif (@listen > 1) {
        delete @given{qw(host port socket)};
        push @arguments, map {"--listen=$_"} @listen;
    }
    # plackup gives both; a socket alone is what its user asked for.
    elsif (defined $given{socket}) { delete @given{qw(host port)} }
    elsif (!defined $given{port})  { $given{port} = 8080 }
    for my $name (sort keys %given) {
        my $value = $given{$name};
        next unless defined $value && length $value;
        # There 0 is the default for the one, and one child for the other.
        next if $name eq 'max_reqs_per_child' && $value eq '0';
        if ($option{$name}) { push @arguments, "--$option{$name}=$value" }
        elsif ($switch{$name}) { push @arguments, "--$name=" . ($value ? 1 : 0) }
    }
    return @arguments;
}

sub look_after {
    my ($self, $app, $pid, $control, $told, $handler) = @_;
    my $status;
    my $waited = sub {
        my ($flags) = @_;
        my $found = waitpid $pid, $flags;
        if    ($found > 0)                 { $status = $? }
        elsif ($found < 0 && !$!{EINTR}) { $status = -1 }
    };
    local $0 = $0;
    my $channel = Starlight::Host::Channel->new($control);
    my $child_exit = $self->{child_exit};
    my $builder = $self->{psgi_app_builder};
    my %zygote = (
        app        => $builder ? undef : $app,
        builder    => $builder,
        child_exit => $child_exit && sub { $child_exit->($self, $app) },
    );
    my %calls = (
        signal => sub { kill $_[0] => $pid unless defined $status },
        reap   => sub {
            $waited->(POSIX::WNOHANG()) unless defined $status;
            no strict 'refs';
            $handler->('CHLD') if ref $handler || (length($handler // '') && defined &$handler);
        },
        told => sub {
            $told->();
            $self->{server_ready}->({ %$self, $self->place, server_software => 'Starlight' }) if $self->{server_ready};
        },
    );
    if ($self->{fronts}) {
        # A zygote hears of it from its Node, this process from nobody.
        $calls{signal} = sub {
            kill $_[0] => $pid unless defined $status;
            Starlight::Host::Errors::reopen($self->{error_log}) if $_[0] eq 'USR1' && defined $self->{error_log};
        };
        $calls{connected} = sub { $self->become };
        $calls{zygote} = sub {
            $0 = 'starlight perl zygote';
            run_zygote($_[0], settings_of($_[0]), %zygote);
        };
        $self->{fronts}->run($channel, \%calls);
    }
    elsif (my $settings = eval { settings_of($channel) }) {
        $self->become;
        run_zygote($channel, $settings, %zygote, %calls);
    }
    $channel->close;
    # A signal that comes now is for Starlight, too.
    local @SIG{qw(INT TERM QUIT)} = (sub { kill $_[0] => $pid }) x 3;
    $waited->(0) until defined $status;
    $self->{status} = $status;
    $self->{last_words} = $channel->last_words;
}

sub settings_of {
    my ($channel) = @_;
    my $settings = $channel->settings;
    Starlight::Host::Errors::set_style(@$settings{qw(level format)});
    return $settings;
}

sub run_zygote {
    my ($channel, $settings, %given) = @_;
    Starlight::Host::Zygote->new({ %given, channel => $channel, settings => $settings })->run;
}

# Where it serves, as far as is known here. Of several sockets, the first.
sub place {
    my ($self) = @_;
    my ($given) = ref $self->{listen_sock} eq 'ARRAY' ? @{ $self->{listen_sock} } : $self->{listen_sock};
    my $name = $given ? name_of($given) : ($ENV{SERVER_STARTER_PORT} || '') =~ /\A([^;]*)=\d+/ ? $1 : undef;
    return (host => $self->{host}, port => $self->{port}) unless defined $name && $name =~ /\A(?:(.*):)?(\d+)\z/;
    return (host => defined $1 ? $1 : $self->{host}, port => $2);
}

# Starlight has bound, opened its log and dropped its own rights before it said a word.
sub become {
    my ($self) = @_;
    Starlight::Host::Errors::reopen($self->{error_log}) if defined $self->{error_log};
    my ($user, @groups) = ids_of(@$self{qw(user group)});
    if (@groups) {
        $) = join ' ', $groups[0], @groups;
        $( = $groups[0];
    }
    ($<, $>) = ($user, $user) if defined $user;
    umask oct $self->{umask} if defined $self->{umask};
}

# Of a user, which may be undef, and of groups, a list with commas.
sub ids_of {
    my ($user, $groups) = @_;
    return (
        defined $user ? $user =~ /^\d+\z/ ? $user : scalar getpwnam $user : undef,
        map { /^\d+\z/ ? $_ : scalar getgrnam $_ } split /,/, defined $groups ? $groups : '',
    );
}

# The first process returns to its shell when requests are answered, or with 1 when they never are.
sub daemonize {
    my ($error_log) = @_;
    pipe my $ready, my $teller or die "Cannot make a pipe: $!\n";
    my $pid = fork;
    die "Cannot fork: $!\n" unless defined $pid;
    if ($pid) {
        close $teller;
        my $count = sysread $ready, my $word, 1;
        POSIX::_exit($count ? 0 : 1);
    }
    close $ready;
    POSIX::setsid();
    open STDIN,  '<', '/dev/null';
    open STDOUT, '>', '/dev/null';
    return sub {
        syswrite $teller, '.';
        close $teller;
        open STDERR, '>>', '/dev/null' unless defined $error_log;
    };
}

1;
